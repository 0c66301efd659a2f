#include "core/engine/generation/generator.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "core/engine/generation/decoder_step.h"
#include "core/engine/generation/kv_pages.h"
#include "core/engine/kernels/decode_draw.h"
#include "core/engine/kernels/parallel.h"
#include "core/error.h"

namespace rlreason::engine {
namespace {

constexpr int64_t kPrefillRows = 1024;                 // rows of one prefill step
constexpr int64_t kLogitsElements = int64_t{1} << 18;  // of one chunk of logits a thread
constexpr int64_t kMinRows = 16;                       // fewer rows do not repay a thread

// A request whose prompt is or will be in the cache.
struct Group {
  GenerationRequest request;
  std::vector<float*> pages;
  std::vector<float> hidden;  // [D] of the prompt's last token; predicts every sample's first token
  uint32_t started = 0, unfinished = 0;

  int64_t length() const { return static_cast<int64_t>(request.prompt_ids.size()); }
  int64_t prompt_pages() const { return KvPages::pages_for(length()); }
  int64_t suffix_pages() const {
    return KvPages::pages_for(request.max_new_tokens - 1);
  }  // the last token is not cached
};

struct Slot {
  std::shared_ptr<Group> group;
  FinishedSample sample;
  std::vector<float*> pages;
  bool done = false;

  int64_t length() const { return static_cast<int64_t>(sample.response_ids.size()); }
};

struct Draw {
  Slot* slot;
  const float* hidden;  // [D]
};

struct Worker {
  StepWorkspace step;
  std::vector<float> hidden, logits, scratch;
  std::vector<int32_t> candidates;
};

std::string where(const GenerationRequest& request) {
  return fmt::format("generation request {}", request.id);
}

void check(const GenerationRequest& request, const ModelConfig& config) {
  if (request.prompt_ids.empty())
    throw UserError("{}: required a prompt of at least one token, came none", where(request));
  if (request.max_new_tokens < 1)
    throw UserError("{}: required max_new_tokens >= 1, came {}", where(request),
                    request.max_new_tokens);
  if (!(request.temperature >= 0) || request.temperature > 1e6)
    throw UserError("{}: required a temperature in [0, 1e6], came {}", where(request),
                    request.temperature);
  check(request.truncation, where(request));
  const int64_t length = static_cast<int64_t>(request.prompt_ids.size()) + request.max_new_tokens;
  if (length > config.max_position_embeddings)
    throw UserError(
        "{}: required prompt + max_new_tokens <= {} positions of the model, came {} + {}; lower "
        "max_new_tokens or drop the prompt",
        where(request), config.max_position_embeddings, request.prompt_ids.size(),
        request.max_new_tokens);
  for (const int32_t id : request.prompt_ids)
    if (id < 0 || id >= config.vocab_size)
      throw UserError(
          "{}: required token ids below the model's vocabulary of {}, came {}; do tokenizer and "
          "model belong together?",
          where(request), config.vocab_size, id);
}

}  // namespace

struct Generator::Impl {
  Impl(const Policy& policy, GeneratorConfig generator_config)
      : model(policy.config()),
        config(generator_config),
        step(policy),
        pages(step.page_elements(), generator_config.cache_bytes) {
    if (config.slots < 1) throw UserError("generator: required slots >= 1, came {}", config.slots);
  }

  void submit(const GenerationRequest& request);
  void admit();
  void prefill(const std::vector<std::shared_ptr<Group>>& groups);
  void draw_first(size_t begin);
  void decode();
  void draw(std::span<const Draw> draws, Worker& worker);
  void take_token(Slot& slot, const DrawnToken& drawn, float behavior_logprob);
  void collect();
  void free_prompt(Group& group);
  template <class F>
  void split(size_t count, int64_t row_count, const F& work);

  ModelConfig model;
  GeneratorConfig config;
  DecoderStep step;
  KvPages pages;
  GeneratorStats stats;
  std::deque<std::shared_ptr<Group>> queue;   // samples not started yet, in order of submission
  std::vector<std::unique_ptr<Slot>> active;  // in order of admission
  std::vector<FinishedSample> finished;
  std::vector<Worker> workers;
  std::vector<float> hidden;  // [slots, D]
  std::vector<StepRow> rows;
  std::vector<Draw> draws;
};

// work(begin, end, worker) for equal ranges of `count` items, which make `row_count` rows together; one range a thread.
template <class F>
void Generator::Impl::split(size_t count, int64_t row_count, const F& work) {
  const auto most = std::min<int64_t>(at::get_num_threads(), static_cast<int64_t>(count));
  const auto parts =
      static_cast<size_t>(std::clamp<int64_t>(row_count / kMinRows, 1, std::max<int64_t>(most, 1)));
  if (workers.size() < parts) workers.resize(parts);
  parallel_tasks(static_cast<int64_t>(parts), [&](int64_t index) {
    const auto part = static_cast<size_t>(index);
    work(count * part / parts, count * (part + 1) / parts, workers[part]);
  });
}

void Generator::Impl::submit(const GenerationRequest& request) {
  check(request, model);
  if (request.sample_count == 0) return;
  if (queue.empty() && active.empty()) step.repack();
  auto group = std::make_shared<Group>();
  group->request = request;
  group->unfinished = request.sample_count;
  queue.push_back(std::move(group));
}

// Fills free slots in order (request, sample) as long as the first in line fits into the cache.
void Generator::Impl::admit() {
  const size_t before = active.size();
  std::vector<std::shared_ptr<Group>> fresh;
  while (!queue.empty() && static_cast<int64_t>(active.size()) < config.slots) {
    const auto group = queue.front();
    const int64_t prompt = group->started == 0 ? group->prompt_pages() : 0;
    if (!pages.reserve(prompt + group->suffix_pages(), active.empty())) break;
    if (group->started == 0) fresh.push_back(group);
    auto& slot = active.emplace_back(std::make_unique<Slot>());
    slot->group = group;
    slot->sample.request_id = group->request.id;
    slot->sample.sample = group->request.sample_begin + group->started;
    if (++group->started == group->request.sample_count) queue.pop_front();
  }
  if (active.size() == before) return;
  prefill(fresh);
  draw_first(before);
}

// Runs the prompts' tokens in steps of at most kPrefillRows; a thread has whole prompts.
void Generator::Impl::prefill(const std::vector<std::shared_ptr<Group>>& groups) {
  int64_t row_count = 0;
  for (const auto& group : groups) {
    for (int64_t i = 0; i < group->prompt_pages(); ++i) group->pages.push_back(pages.take());
    group->hidden.resize(static_cast<size_t>(step.width()));
    row_count += group->length();
  }
  stats.prompt_tokens += row_count;
  split(groups.size(), row_count, [&](size_t begin, size_t end, Worker& worker) {
    std::vector<StepRow> prompt_rows;
    for (size_t g = begin; g < end; ++g) {
      Group& group = *groups[g];
      for (int32_t i = 0; i < group.length(); ++i) {
        const auto index = static_cast<size_t>(i);
        prompt_rows.push_back({group.request.prompt_ids[index],
                               i,
                               {{group.pages.data(), i + 1}, {}},
                               group.pages[index / kPagePositions],
                               i % kPagePositions,
                               i + 1 == group.length() ? group.hidden.data() : nullptr});
        const bool last = g + 1 == end && i + 1 == group.length();
        if (!last && static_cast<int64_t>(prompt_rows.size()) < kPrefillRows) continue;
        step.run(prompt_rows, worker.step);
        prompt_rows.clear();
      }
    }
  });
}

void Generator::Impl::draw_first(size_t begin) {
  draws.clear();
  for (size_t i = begin; i < active.size(); ++i)
    draws.push_back({active[i].get(), active[i]->group->hidden.data()});
  split(draws.size(), static_cast<int64_t>(draws.size()),
        [&](size_t first, size_t last, Worker& worker) {
          draw(std::span(draws).subspan(first, last - first), worker);
        });
  collect();
}

// One token of every active sequence.
void Generator::Impl::decode() {
  const auto width = static_cast<size_t>(step.width());
  hidden.resize(std::max(hidden.size(), active.size() * width));
  rows.clear();
  draws.clear();
  for (size_t i = 0; i < active.size(); ++i) {
    Slot& slot = *active[i];
    const int64_t length = slot.length(), inside = (length - 1) % kPagePositions;
    if (inside == 0) slot.pages.push_back(pages.take());
    float* predicted = hidden.data() + i * width;
    rows.push_back({slot.sample.response_ids.back(),
                    static_cast<int32_t>(slot.group->length() + length - 1),
                    {{slot.group->pages.data(), slot.group->length()}, {slot.pages.data(), length}},
                    slot.pages.back(),
                    inside,
                    predicted});
    draws.push_back({&slot, predicted});
  }
  split(rows.size(), static_cast<int64_t>(rows.size()),
        [&](size_t begin, size_t end, Worker& worker) {
          step.run(std::span(rows).subspan(begin, end - begin), worker.step);
          draw(std::span(draws).subspan(begin, end - begin), worker);
        });
  ++stats.decode_steps;
  collect();
}

// Logits in chunks; neighbours that share a hidden vector (a group's first tokens) share its logits.
void Generator::Impl::draw(std::span<const Draw> some, Worker& worker) {
  const int64_t vocab = step.vocab(), width = step.width(),
                chunk = std::clamp<int64_t>(kLogitsElements / vocab, 1, 256);
  worker.hidden.resize(static_cast<size_t>(chunk * width));
  worker.logits.resize(static_cast<size_t>(chunk * vocab));
  worker.scratch.resize(static_cast<size_t>(2 * vocab));
  for (size_t begin = 0; begin < some.size();) {
    int64_t distinct = 0;
    size_t end = begin;
    for (; end < some.size(); ++end) {
      if (end > begin && some[end].hidden == some[end - 1].hidden) continue;
      if (distinct == chunk) break;
      std::copy_n(some[end].hidden, width, worker.hidden.data() + distinct++ * width);
    }
    step.logits(distinct, worker.hidden.data(), worker.logits.data());
    const float* row = worker.logits.data() - vocab;
    for (; begin < end; ++begin) {
      Slot& slot = *some[begin].slot;
      const GenerationRequest& request = slot.group->request;
      if (row < worker.logits.data() || some[begin].hidden != some[begin - 1].hidden) row += vocab;
      RandomKey key = request.key;
      key.sample = slot.sample.sample;
      key.position = static_cast<uint32_t>(slot.length());
      const double u = random_uniform(key);
      DrawnToken drawn = draw_token(row, vocab, request.temperature, u, worker.scratch.data());
      float behavior = drawn.logprob;
      if (drawn.finite && request.temperature > 0 && request.truncation.any()) {
        const std::span weights(worker.scratch.data() + vocab, static_cast<size_t>(vocab));
        const auto kept = draw_truncated(weights, request.truncation, u, worker.candidates);
        drawn.token = kept.token;
        drawn.logprob = worker.scratch[static_cast<size_t>(kept.token)] - drawn.lse;
        behavior = kept.logprob;
      }
      take_token(slot, drawn, behavior);
    }
  }
}

void Generator::Impl::take_token(Slot& slot, const DrawnToken& drawn, float behavior_logprob) {
  const GenerationRequest& request = slot.group->request;
  if (!drawn.finite)
    throw NumericError(
        "{}, sample {}, position {}: required finite logits, came NaN or infinity; the weights "
        "have diverged",
        where(request), slot.sample.sample, slot.length());
  slot.sample.response_ids.push_back(drawn.token);
  slot.sample.behavior_logprob.push_back(behavior_logprob);
  slot.sample.old_logprob.push_back(drawn.logprob);
  const bool eos = drawn.token == request.eos_id ||
                   std::find(request.stop_ids.begin(), request.stop_ids.end(), drawn.token) !=
                       request.stop_ids.end();
  slot.sample.finish = eos ? FinishReason::eos : FinishReason::length;
  slot.done = eos || slot.length() == request.max_new_tokens;
}

// Moves finished sequences out and gives their memory back; the others keep their order.
void Generator::Impl::collect() {
  stats.sampled_tokens += static_cast<int64_t>(draws.size());
  for (auto& slot : active) {
    if (!slot->done) continue;
    Group& group = *slot->group;
    for (float* page : slot->pages) pages.give(page);
    pages.release(group.suffix_pages());
    if (--group.unfinished == 0) free_prompt(group);
    finished.push_back(std::move(slot->sample));
    slot.reset();
  }
  std::erase(active, nullptr);
}

void Generator::Impl::free_prompt(Group& group) {
  for (float* page : group.pages) pages.give(page);
  group.pages.clear();
  pages.release(group.prompt_pages());
}

Generator::Generator(const Policy& policy, GeneratorConfig config)
    : impl_(std::make_unique<Impl>(policy, config)) {}
Generator::~Generator() = default;

void Generator::submit(std::span<const GenerationRequest> requests) {
  for (const auto& request : requests) check(request, impl_->model);  // all or none
  for (const auto& request : requests) impl_->submit(request);
}

std::vector<FinishedSample> Generator::poll() {
  while (impl_->finished.empty() && !idle()) {
    impl_->admit();
    if (!impl_->active.empty()) impl_->decode();
  }
  return std::exchange(impl_->finished, {});
}

bool Generator::idle() const {
  return impl_->queue.empty() && impl_->active.empty() && impl_->finished.empty();
}

const GeneratorStats& Generator::stats() const { return impl_->stats; }

std::vector<FinishedSample> generate_all(const Policy& policy, const GeneratorConfig& config,
                                         std::span<const GenerationRequest> requests,
                                         GeneratorStats* stats) {
  std::vector<GenerationRequest> numbered(requests.begin(), requests.end());
  for (size_t i = 0; i < numbered.size(); ++i) numbered[i].id = static_cast<int64_t>(i);
  Generator generator(policy, config);
  generator.submit(numbered);
  std::vector<FinishedSample> samples;
  while (!generator.idle())
    for (auto& sample : generator.poll()) samples.push_back(std::move(sample));
  std::sort(samples.begin(), samples.end(), [](const FinishedSample& a, const FinishedSample& b) {
    return std::pair(a.request_id, a.sample) < std::pair(b.request_id, b.sample);
  });
  for (auto& sample : samples)
    sample.request_id = requests[static_cast<size_t>(sample.request_id)].id;
  if (stats) *stats = generator.stats();
  return samples;
}

}  // namespace rlreason::engine
