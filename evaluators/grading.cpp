#include "evaluators/grading.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "core/error.h"
#include "datasets/verifiers/verifier.h"
#include "evaluators/repetition.h"

namespace rlreason::eval {
namespace {

using nlohmann::json;

GradedItem grade_one(const GivenItem& item, const data::VerifierInfo& verifier,
                     const std::map<std::string, data::AnswerOptions>& options) {
  GradedItem graded{.question = {.id = item.id,
                                 .gold = item.gold.value_or(""),
                                 .category = item.category,
                                 .choices = item.choices,
                                 .options = {}},
                    .verdicts = {}};
  if (const auto own = options.find(item.id); own != options.end())
    graded.question.options = own->second;
  const data::Question question{.gold = graded.question.gold,
                                .choices = graded.question.choices,
                                .options = graded.question.options};
  for (const GivenResponse& response : item.responses)
    graded.verdicts.push_back(verifier.verify(question, response.text));
  return graded;
}

json sample_json(const GivenItem& item, size_t n, const data::Verdict& verdict) {
  const GivenResponse& response = item.responses[n];
  json flags = json::object();
  if (response.verdict) flags["given_verdict"] = *response.verdict;
  if (response.answer) flags["given_answer"] = *response.answer;
  if (response.score) flags["score"] = *response.score;
  if (!item.category.empty()) flags["category"] = item.category;
  if (ends_in_circles(response.text)) flags["repeated"] = true;
  return {{"sample", n},
          {"outcome", data::to_string(verdict.outcome)},
          {"rule", verdict.rule},
          {"reason", verdict.reason},
          {"answer", verdict.answer},
          {"length", response.text.size()},
          {"finish", ""},
          {"flags", std::move(flags)}};
}

}  // namespace

void fill_from_prompts(std::vector<GivenItem>& items, const std::vector<data::Prompt>& prompts,
                       const std::string& suite,
                       std::map<std::string, data::AnswerOptions>& options) {
  std::map<std::string, const data::Prompt*> by_id;
  for (const data::Prompt& prompt : prompts) by_id[prompt.id] = &prompt;
  for (GivenItem& item : items) {
    if (item.gold) continue;
    const auto found = by_id.find(item.id);
    if (found == by_id.end())
      throw DataError(
          "{}: required a gold or an item of suite {}, '{}' is none of its {} items; correct the "
          "id or map a gold",
          item.where, suite, item.id, prompts.size());
    item.gold = found->second->gold;
    if (item.choices.empty()) item.choices = found->second->choices;
    if (item.category.empty()) item.category = found->second->category;
    options[item.id] = found->second->options;
  }
}

std::vector<GradedItem> grade(const std::vector<GivenItem>& items, const GradeOptions& options) {
  const data::VerifierInfo& verifier = data::find_verifier(options.verifier);
  for (const GivenItem& item : items)
    if (!item.gold)
      throw DataError("{}: required a gold, none came; name it with --map gold=PATH", item.where);
  std::vector<GradedItem> graded(items.size());
  std::atomic<size_t> next = 0, done = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (size_t i = next++; i < items.size(); i = next++) {
      try {
        graded[i] = grade_one(items[i], verifier, options.options);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = items.size();
      }
      ++done;
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < std::max(1u, options.threads); ++t) threads.emplace_back(work);
  while (done < items.size() && next < items.size()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (options.progress) options.progress(done, items.size());
  }
  threads.clear();
  if (failure) std::rethrow_exception(failure);
  return graded;
}

json facts_json(const std::vector<GivenItem>& items, const std::vector<GradedItem>& graded) {
  RLR_ENSURE(items.size() == graded.size(), "{} items, {} graded", items.size(), graded.size());
  json facts = json::array();
  for (size_t i = 0; i < items.size(); ++i) {
    json samples = json::array();
    for (size_t n = 0; n < graded[i].verdicts.size(); ++n)
      samples.push_back(sample_json(items[i], n, graded[i].verdicts[n]));
    facts.push_back({{"id", items[i].id}, {"samples", std::move(samples)}});
  }
  return facts;
}

}  // namespace rlreason::eval
