#include "evaluators/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace rlreason::eval {
namespace {

data::Outcome outcome_of(const std::string& name, const std::string& item) {
  if (name == "right") return data::Outcome::right;
  if (name == "wrong") return data::Outcome::wrong;
  if (name == "unscored") return data::Outcome::unscored;
  throw DataError("item {}: required right, wrong or unscored, '{}' came; evaluate again", item,
                  name);
}

std::optional<double> flag(const nlohmann::json& flags, const char* name) {
  if (!flags.is_object()) return {};
  const auto found = flags.find(name);
  if (found == flags.end()) return {};
  if (found->is_boolean()) return found->get<bool>() ? 1 : 0;
  return found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

void require_counts(const std::vector<ItemCount>& items) {
  if (items.empty()) throw UserError("required evaluated items, there are none; evaluate first");
  for (const ItemCount& item : items)
    if (item.samples == 0)
      throw UserError("item {}: required a sample, there is none; evaluate again", item.id);
}

void require_count(const ItemCount& item, int64_t k) {
  if (k < 1) throw UserError("k: required at least 1, {} came", k);
  if (item.samples < k)
    throw UserError(
        "item {}: required {} samples for k = {}, {} are stored; evaluate with --samples {}",
        item.id, k, k, item.samples, k);
}

int64_t size_of(const ItemResults& item) { return static_cast<int64_t>(item.samples.size()); }

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

void require_items(const std::vector<ItemResults>& items) { require_counts(item_counts(items)); }

void require_k(const ItemResults& item, int64_t k) {
  require_count({.id = item.id, .samples = size_of(item)}, k);
}

int64_t ItemResults::right() const {
  return std::count_if(samples.begin(), samples.end(),
                       [](const SampleResult& s) { return s.right(); });
}

std::vector<ItemResults> item_results(const store::EvalFacts& facts) {
  std::vector<ItemResults> items;
  for (const auto& fact : facts.items) {
    ItemResults item{.id = fact.id, .group = {}, .samples = {}};
    for (const auto& sample : fact.samples) {
      item.samples.push_back({.outcome = outcome_of(sample.outcome, fact.id),
                              .answer = sample.answer,
                              .length = sample.length,
                              .truncated = sample.finish == "length",
                              .repeated = flag(sample.flags, "repeated").value_or(0) > 0,
                              .score = flag(sample.flags, "score")});
      if (item.group.empty() && sample.flags->is_object())
        item.group = sample.flags->value("category", "");
    }
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<ItemCount> item_counts(const store::EvalFacts& facts) {
  std::vector<ItemCount> counts;
  counts.reserve(facts.items.size());
  for (const store::ItemFact& item : facts.items) {
    ItemCount& count = counts.emplace_back(ItemCount{.id = item.id});
    for (const store::SampleFact& sample : item.samples)
      count.right += outcome_of(sample.outcome, item.id) == data::Outcome::right;
    count.samples = static_cast<int64_t>(item.samples.size());
  }
  return counts;
}

std::vector<ItemCount> item_counts(const std::vector<ItemResults>& items) {
  std::vector<ItemCount> counts;
  counts.reserve(items.size());
  for (const ItemResults& item : items)
    counts.push_back({.id = item.id, .samples = size_of(item), .right = item.right()});
  return counts;
}

std::vector<double> item_means(const std::vector<ItemCount>& items) {
  require_counts(items);
  std::vector<double> values;
  for (const ItemCount& item : items)
    values.push_back(static_cast<double>(item.right) / static_cast<double>(item.samples));
  return values;
}

std::vector<double> item_pass_at_k(const std::vector<ItemCount>& items, int64_t k) {
  require_counts(items);
  std::vector<double> values;
  for (const ItemCount& item : items) {
    require_count(item, k);
    values.push_back(pass_at_k(item.samples, item.right, k));
  }
  return values;
}

std::vector<double> item_means(const std::vector<ItemResults>& items) {
  return item_means(item_counts(items));
}

std::vector<double> item_pass_at_k(const std::vector<ItemResults>& items, int64_t k) {
  return item_pass_at_k(item_counts(items), k);
}

double mean_at_k(const std::vector<ItemResults>& items) { return mean_of(item_means(items)); }
double pass_at_k(const std::vector<ItemResults>& items, int64_t k) {
  return mean_of(item_pass_at_k(items, k));
}

SampleRates sample_rates(const std::vector<ItemResults>& items) {
  require_items(items);
  SampleRates rates{.items = static_cast<int64_t>(items.size())};
  rates.min_samples = rates.max_samples = size_of(items.front());
  int64_t extracted = 0, truncated = 0, repeated = 0, length_right = 0, length_wrong = 0;
  for (const auto& item : items) {
    rates.samples += size_of(item);
    rates.min_samples = std::min(rates.min_samples, size_of(item));
    rates.max_samples = std::max(rates.max_samples, size_of(item));
    for (const auto& sample : item.samples) {
      rates.right += sample.right();
      rates.unscored += sample.outcome == data::Outcome::unscored;
      extracted += !sample.answer.empty();
      truncated += sample.truncated;
      repeated += sample.repeated;
      (sample.right() ? length_right : length_wrong) += sample.length;
    }
  }
  const auto ratio = [](int64_t a, int64_t b) {
    return b == 0 ? std::numeric_limits<double>::quiet_NaN()
                  : static_cast<double>(a) / static_cast<double>(b);
  };
  rates.unscored_rate = ratio(rates.unscored, rates.samples);
  rates.extraction_rate = ratio(extracted, rates.samples);
  rates.truncation_rate = ratio(truncated, rates.samples);
  rates.repetition_rate = ratio(repeated, rates.samples);
  rates.mean_length = ratio(length_right + length_wrong, rates.samples);
  rates.mean_length_right = ratio(length_right, rates.right);
  rates.mean_length_wrong = ratio(length_wrong, rates.samples - rates.right);
  return rates;
}

}  // namespace rlreason::eval
