#include "evaluators/sampling.h"

#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "core/engine/generation/generator.h"
#include "core/error.h"
#include "core/runlog/frame.h"
#include "datasets/verifiers/verifier.h"
#include "evaluators/choices.h"
#include "evaluators/prompt_template.h"
#include "evaluators/sampling_facts.h"

namespace rlreason::eval {
namespace {

using Prompts = std::vector<std::vector<data::Prompt>>;

// Tokens of the suite's template that end a response and that the model has.
std::vector<int32_t> stop_ids(const PromptTemplate& words, const tokenizer::Tokenizer& tokenizer) {
  std::vector<int32_t> ids;
  for (const std::string& token : words.stop_tokens)
    if (const int32_t id = tokenizer.id(token); id >= 0) ids.push_back(id);
  return ids;
}

// A request for each run of missing samples; its id finds the prompt again.
class Requests {
 public:
  Requests(const Suite& suite, const Prompts& prompts, const tokenizer::Tokenizer& tokenizer,
           const SamplingOptions& options)
      : suite_(suite) {
    if (!suite.prompt_template.empty()) words_ = load_prompt_template(suite.prompt_template);
    const std::vector<int32_t> stops = stop_ids(words_, tokenizer);
    for (size_t rotation = 0; rotation < prompts.size(); ++rotation)
      for (size_t item = 0; item < prompts[rotation].size(); ++item) {
        const data::Prompt& prompt = prompts[rotation][item];
        const int64_t begin = static_cast<int64_t>(rotation) * kRotationStride;
        for (const SampleRange& range : missing(options, prompt.id, begin))
          add(prompt, tokenizer, options.seed, stops, range, item, static_cast<int64_t>(rotation));
      }
  }

  const std::vector<engine::GenerationRequest>& all() const { return requests_; }
  size_t item(int64_t id) const { return origin_[static_cast<size_t>(id)].first; }
  int64_t rotation(int64_t id) const { return origin_[static_cast<size_t>(id)].second; }
  const PromptTemplate& words() const { return words_; }

 private:
  std::vector<SampleRange> missing(const SamplingOptions& options, const std::string& id,
                                   int64_t begin) const {
    if (options.known == nullptr) return {{begin, suite_.samples}};
    return options.known->missing(id, begin, suite_.samples);
  }
  void add(const data::Prompt& prompt, const tokenizer::Tokenizer& tokenizer, uint64_t seed,
           const std::vector<int32_t>& stops, const SampleRange& range, size_t item,
           int64_t rotation) {
    requests_.push_back(
        {.id = static_cast<int64_t>(requests_.size()),
         .prompt_ids = tokenizer.encode(prompt.text),
         .key = {.seed = seed,
                 .purpose = Purpose::evaluation,
                 .iteration = 0,
                 .prompt = hash_id(prompt.id)},
         .sample_begin = static_cast<uint32_t>(range.begin),
         .sample_count = static_cast<uint32_t>(range.count),
         .max_new_tokens = static_cast<int32_t>(suite_.max_new_tokens),
         .temperature = suite_.temperature,
         .eos_id = tokenizer.eos_id(),
         .truncation = {suite_.top_p, static_cast<int32_t>(suite_.top_k), suite_.min_p},
         .stop_ids = stops});
    origin_.emplace_back(item, rotation);
  }

  const Suite& suite_;
  PromptTemplate words_;
  std::vector<engine::GenerationRequest> requests_;
  std::vector<std::pair<size_t, int64_t>> origin_;
};

// Mean over prompts of the probability, at temperature 1, that a response begins with one of the suite's probe tokens.
double first_token_mass(const engine::Policy& policy, const std::vector<int32_t>& probe,
                        const tokenizer::Tokenizer& tokenizer,
                        const std::vector<data::Prompt>& prompts) {
  engine::Layout layout;
  engine::Targets targets;
  for (const data::Prompt& prompt : prompts) {
    const int32_t segment = layout.append(tokenizer.encode(prompt.text));
    for (const int32_t token : probe) {
      targets.row.push_back(layout.segments[static_cast<size_t>(segment)].end - 1);
      targets.token.push_back(token);
      targets.sequence.push_back(segment);
      targets.source.push_back(Source::policy);
    }
  }
  const at::Tensor logprob =
      policy.score(layout, targets, {.entropy = false, .temperature = 1.0}).logprob;
  return logprob.exp().sum().item<double>() / static_cast<double>(prompts.size());
}

std::vector<int32_t> probe_ids(const Suite& suite, const tokenizer::Tokenizer& tokenizer) {
  std::vector<int32_t> probe;
  for (const std::string& token : suite.label_probe) {
    probe.push_back(tokenizer.id(token));
    if (probe.back() < 0)
      throw UserError("suite {}: label_probe: required tokens of the model's vocabulary, '{}' came",
                      suite.name, token);
  }
  return probe;
}

nlohmann::json sample_json(const engine::FinishedSample& done, const data::Verdict& verdict) {
  return {{"sample", done.sample},
          {"outcome", data::to_string(verdict.outcome)},
          {"rule", verdict.rule},
          {"reason", verdict.reason},
          {"answer", verdict.answer},
          {"length", done.response_ids.size()},
          {"finish", to_string(done.finish)}};
}

void generate(const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer,
              const Suite& suite, const Prompts& prompts, const SamplingOptions& options,
              const std::vector<int32_t>& probe, Recorder& recorder) {
  const Requests requests(suite, prompts, tokenizer, options);
  engine::Generator generator(policy, {.slots = static_cast<int32_t>(options.slots)});
  generator.submit(requests.all());
  while (!generator.idle()) {
    for (const engine::FinishedSample& done : generator.poll()) {
      const int64_t rotation = requests.rotation(done.request_id);
      const size_t item = requests.item(done.request_id);
      const data::Prompt& prompt = prompts[static_cast<size_t>(rotation)][item];
      const std::string text = tokenizer.decode(done.response_ids);
      const data::Verdict verdict = data::verify(prompt, until_stop(text, requests.words().stop));
      nlohmann::json fact = sample_json(done, verdict);
      if (!probe.empty() && !done.response_ids.empty())
        fact["flags"]["first_token_label"] =
            std::find(probe.begin(), probe.end(), done.response_ids.front()) != probe.end();
      if (is_choice(prompt)) note_choice(suite, prompt, rotation, fact);
      recorder.add(item, std::move(fact), text, prompt);
    }
    if (!recorder.proceed()) return;
  }
}

}  // namespace

SampleCounts sample_suite(const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer,
                          const Suite& suite, const Prompts& prompts,
                          const SamplingOptions& options) {
  Recorder recorder(suite, prompts, options);
  const std::vector<int32_t> probe = probe_ids(suite, tokenizer);
  if (!probe.empty())
    recorder.probes["first_token_mass"] =
        runlog::number(first_token_mass(policy, probe, tokenizer, prompts.front()));
  if (by_likelihood(suite))
    score_options(policy, tokenizer, suite, prompts, options, recorder);
  else
    generate(policy, tokenizer, suite, prompts, options, probe, recorder);
  recorder.flush();
  return recorder.counts;
}

}  // namespace rlreason::eval
