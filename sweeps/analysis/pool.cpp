#include "sweeps/analysis/pool.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "evaluators/bootstrap.h"
#include "evaluators/intervals.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

// Words with single spaces between them, so that layout is no difference.
std::string words_of(const std::string& text) {
  std::string words;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!space)
      words += c;
    else if (!words.empty() && words.back() != ' ')
      words += ' ';
  }
  while (words.ends_with(' ')) words.pop_back();
  return words;
}

std::string signature_of(const PoolEntry& entry, Signature signature) {
  if (signature == Signature::answer && !entry.answer.empty()) return "=" + entry.answer;
  return words_of(entry.text);
}

double quality(const Pool& pool) {
  double right = 0;
  for (const PoolEntry& entry : pool.entries) right += entry.outcome == data::Outcome::right;
  return right / static_cast<double>(pool.entries.size());
}

template <class F>
json counts_by(const Pool& pool, F&& name_of) {
  std::map<std::string, int64_t> counts;
  for (const PoolEntry& entry : pool.entries)
    if (const std::string name = name_of(entry); !name.empty()) ++counts[name];
  return counts;
}

json quantiles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (const double value : values) sum += value;
  return {{"mean", sum / static_cast<double>(values.size())},
          {"p10", eval::sorted_quantile(values, 0.1)},
          {"median", eval::sorted_quantile(values, 0.5)},
          {"p90", eval::sorted_quantile(values, 0.9)},
          {"longest", values.back()}};
}

std::set<std::string> prompts_of(const Pool& pool) {
  std::set<std::string> prompts;
  for (const PoolEntry& entry : pool.entries) prompts.insert(entry.prompt);
  return prompts;
}

// Mean log-prob a token over the entries of each prompt that `wanted` takes.
template <class F>
std::map<std::string, double> by_prompt(const Pool& pool, const Scored& scored, F&& wanted) {
  std::map<std::string, std::pair<double, double>> sums;  // logprob, tokens
  for (size_t i = 0; i < pool.entries.size(); ++i) {
    if (!wanted(pool.entries[i])) continue;
    auto& [logprob, tokens] = sums[pool.entries[i].prompt];
    logprob += scored.logprob[i];
    tokens += static_cast<double>(scored.tokens[i]);
  }
  std::map<std::string, double> means;
  for (const auto& [prompt, own] : sums) means[prompt] = own.first / own.second;
  return means;
}

}  // namespace

// C(N - c, n) / C(N, n) = prod_{i < c} (N - n - i) / (N - i).
double expected_distinct(const std::vector<int64_t>& copies, int64_t n) {
  int64_t total = 0;
  for (const int64_t own : copies) total += own;
  std::map<int64_t, double> missing;  // by number of copies
  double distinct = 0;
  for (const int64_t own : copies) {
    const auto [known, added] = missing.try_emplace(own, 1.0);
    if (added)
      for (int64_t i = 0; i < own && known->second > 0; ++i)
        known->second *=
            std::max(0.0, static_cast<double>(total - n - i)) / static_cast<double>(total - i);
    distinct += 1 - known->second;
  }
  return distinct;
}

std::vector<int64_t> copies_of(const Pool& pool, Signature signature) {
  std::map<std::pair<std::string, std::string>, int64_t> pairs;
  for (const PoolEntry& entry : pool.entries)
    ++pairs[{entry.problem, signature_of(entry, signature)}];
  std::vector<int64_t> copies;
  for (const auto& [pair, own] : pairs) copies.push_back(own);
  return copies;
}

json describe_pool(const Pool& pool) {
  if (pool.entries.empty())
    throw UserError(
        "{}: required a pool of at least one solution, it has none; name a dataset with "
        "demonstrations or a run",
        pool.name);
  std::map<std::string, int64_t> per_problem;
  std::vector<double> bytes;
  int64_t ended = 0, answered = 0;
  for (const PoolEntry& entry : pool.entries) {
    ++per_problem[entry.problem];
    bytes.push_back(static_cast<double>(entry.text.size()));
    ended += entry.ended;
    answered += !entry.answer.empty();
  }
  std::vector<double> each;
  for (const auto& [problem, count] : per_problem) each.push_back(static_cast<double>(count));
  const auto entries = static_cast<int64_t>(pool.entries.size());
  const auto with = static_cast<int64_t>(per_problem.size());
  const auto all = std::max(pool.problems, with);
  const auto share = [&](int64_t count) {
    return static_cast<double>(count) / static_cast<double>(entries);
  };
  const auto outcome = [](const PoolEntry& entry) {
    return std::string(data::to_string(entry.outcome));
  };
  return {{"name", pool.name},
          {"kind", pool.kind},
          {"entries", entries},
          {"problems", all},
          {"problems_without", all - with},
          {"per_problem", quantiles(each)},
          {"quality", quality(pool)},
          {"outcomes", counts_by(pool, outcome)},
          {"distinct", copies_of(pool, Signature::words).size()},
          {"distinct_share", share(static_cast<int64_t>(copies_of(pool, Signature::words).size()))},
          {"distinct_answers", copies_of(pool, Signature::answer).size()},
          {"answered", share(answered)},
          {"ended", share(ended)},
          {"bytes", quantiles(bytes)},
          {"sources", counts_by(pool, [](const PoolEntry& own) { return own.source; })},
          {"teachers", counts_by(pool, [](const PoolEntry& own) { return own.teacher; })},
          {"styles", counts_by(pool, [](const PoolEntry& own) { return own.style; })}};
}

json compare_pools(const Pool& pool, const Pool& reference) {
  if (pool.entries.empty() || reference.entries.empty())
    throw UserError("{}: required a pool of at least one solution, it has none",
                    pool.entries.empty() ? pool.name : reference.name);
  const auto size = static_cast<int64_t>(std::min(pool.entries.size(), reference.entries.size()));
  const auto coverage = [&](Signature signature) {
    return expected_distinct(copies_of(pool, signature), size) /
           expected_distinct(copies_of(reference, signature), size);
  };
  std::vector<std::string> shared;
  const std::set<std::string> own = prompts_of(pool), other = prompts_of(reference);
  std::set_intersection(own.begin(), own.end(), other.begin(), other.end(),
                        std::back_inserter(shared));
  const double base = quality(reference);
  return {{"reference", reference.name},
          {"tq", base > 0 ? json(quality(pool) / base) : json()},
          {"saco", coverage(Signature::words)},
          {"saco_answers", coverage(Signature::answer)},
          {"size", size},
          {"shared_problems", shared.size()}};
}

json demonstration_gap(const Pool& pool, const Scored& scored, const Pool* own,
                       const Scored* own_scored) {
  double logprob = 0, tokens = 0;
  for (size_t i = 0; i < pool.entries.size(); ++i) {
    logprob += scored.logprob[i];
    tokens += static_cast<double>(scored.tokens[i]);
  }
  json out = {{"solutions", pool.entries.size()},
              {"logprob_per_token", logprob / tokens},
              {"perplexity", std::exp(-logprob / tokens)},
              {"problems", 0}};
  if (own == nullptr) return out;
  const auto theirs = by_prompt(pool, scored, [](const PoolEntry&) { return true; });
  const auto ours = by_prompt(*own, *own_scored, [](const PoolEntry& entry) {
    return entry.outcome == data::Outcome::right && entry.source != "demonstration";
  });
  std::vector<double> gaps;
  for (const auto& [prompt, mean] : theirs)
    if (const auto same = ours.find(prompt); same != ours.end())
      gaps.push_back(mean - same->second);
  out["problems"] = gaps.size();
  if (gaps.empty()) return out;
  const eval::Interval interval = eval::t_interval(gaps);
  out["gap"] = interval.value;
  if (gaps.size() > 1) out["low"] = interval.low, out["high"] = interval.high;
  return out;
}

}  // namespace rlreason::sweep
