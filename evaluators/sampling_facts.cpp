#include "evaluators/sampling_facts.h"

#include "evaluators/choices.h"
#include "evaluators/stored_texts.h"

namespace rlreason::eval {

using nlohmann::json;

void note_choice(const Suite& suite, const data::Prompt& shown, int64_t rotation, json& fact) {
  const std::vector<size_t> order = shown_order(suite, shown, rotation);
  if (const auto gold = position_of(shown.gold, order.size())) fact["flags"]["gold_place"] = *gold;
  const auto chosen = position_of(fact.at("answer").get<std::string>(), order.size());
  if (!chosen) return;
  fact["flags"]["place"] = *chosen;
  fact["answer"] = label(order[*chosen], has_digit_labels(shown));
}

Recorder::Recorder(const Suite& suite, const std::vector<std::vector<data::Prompt>>& prompts,
                   const SamplingOptions& options)
    : suite_(suite), prompts_(prompts), options_(options), last_(std::chrono::steady_clock::now()) {
  counts.total = static_cast<int64_t>(prompts.size() * prompts.front().size()) * suite.samples;
  if (options.known != nullptr) {
    counts.done = options.known->size();
    counts.right = options.known->right();
  }
}

void Recorder::add(size_t item, json fact, const std::string& response, const data::Prompt& shown) {
  ++counts.done;
  counts.right += fact["outcome"] == "right" ? 1 : 0;
  counts.unscored += fact["outcome"] == "unscored" ? 1 : 0;
  counts.tokens += fact["length"].get<int64_t>();
  ++waiting_;
  if (suite_.confidential) fact["reason"] = "";  // may quote the response
  const auto number = fact["sample"].get<int64_t>();
  if (options_.texts && !suite_.confidential)
    texts_ += to_line({.id = shown.id,
                       .sample = number,
                       .gold = shown.gold,
                       .text = response,
                       .prompt = shown.text,
                       .category = shown.category,
                       .choices = shown.choices,
                       .options = shown.options});
  pending_[item][number] = std::move(fact);
}

bool Recorder::proceed() {
  const double waited =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - last_).count();
  if ((options_.batch_samples > 0 && waiting_ >= options_.batch_samples) ||
      (options_.batch_s > 0 && waiting_ > 0 && waited >= options_.batch_s))
    flush();
  return !options_.progress || options_.progress(counts);
}

void Recorder::flush() {
  last_ = std::chrono::steady_clock::now();
  if (waiting_ == 0) return;
  FactsBatch batch;
  for (auto& [item, samples] : pending_) {
    json own = {{"id", prompts_.front()[item].id}, {"samples", json::array()}};
    for (auto& [number, fact] : samples) own["samples"].push_back(std::move(fact));
    batch.items.push_back(std::move(own));
  }
  batch.probes = std::exchange(probes, json::object());
  batch.texts = std::exchange(texts_, "");
  pending_.clear();
  waiting_ = 0;
  if (options_.record) options_.record(std::move(batch));
}

}  // namespace rlreason::eval
