#include "sweeps/compare/metric.h"

#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "evaluators/metrics.h"

namespace rlreason::sweep {
namespace {

// A flag of one sample as a number: a boolean, a number, or whether the first token's label is `flag`; nothing when the
// sample has no such flag.
std::optional<double> flag_value(const nlohmann::json& flags, const std::string& flag) {
  if (!flags.is_object()) return {};
  if (const auto own = flags.find(flag); own != flags.end()) {
    if (own->is_boolean()) return own->get<bool>() ? 1 : 0;
    if (own->is_number()) return own->get<double>();
  }
  const auto label = flags.find("first_token_label");
  if (label == flags.end() || !label->is_string()) return {};
  return label->get<std::string>() == flag ? 1 : 0;
}

std::vector<ItemValue> flag_values(const store::EvalFacts& facts, const std::string& flag) {
  std::vector<ItemValue> values;
  bool measured = false;
  for (const store::ItemFact& item : facts.items) {
    double sum = 0;
    for (const store::SampleFact& sample : item.samples) {
      const std::optional<double> value = flag_value(sample.flags, flag);
      measured = measured || value;
      sum += value.value_or(0);
    }
    values.push_back(
        {item.id, item.samples.empty() ? 0 : sum / static_cast<double>(item.samples.size())});
  }
  return measured ? values : std::vector<ItemValue>{};
}

const double* probe_of(const Metric& metric, const store::EvalFacts& facts) {
  if (metric.flag.empty()) return nullptr;
  const auto probe = facts.row.probes.find(metric.flag);
  return probe == facts.row.probes.end() ? nullptr : &probe->second;
}

}  // namespace

std::string Metric::text() const {
  if (!flag.empty()) return suite + ":" + flag;
  return k > 0 ? fmt::format("{}@{}", suite, k) : suite;
}

Metric parse_metric(std::string_view text, const std::string& where) {
  Metric metric;
  const size_t mark = text.find_first_of("@:");
  metric.suite = std::string(text.substr(0, mark));
  bool fine = !metric.suite.empty();
  if (fine && mark != std::string_view::npos) {
    const std::string_view rest = text.substr(mark + 1);
    if (text[mark] == ':') {
      metric.flag = std::string(rest);
      fine = !rest.empty();
    } else {
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), metric.k);
      fine = error == std::errc() && end == rest.data() + rest.size() && metric.k >= 1;
    }
  }
  if (!fine)
    throw UserError(
        "{}: required SUITE, SUITE@K or SUITE:FLAG, '{}' came; for example ledger_hard@8", where,
        text);
  return metric;
}

std::vector<ItemValue> item_values(const Metric& metric, const store::EvalFacts& facts) {
  if (probe_of(metric, facts) != nullptr) return {};
  if (!metric.flag.empty()) return flag_values(facts, metric.flag);
  std::vector<ItemValue> values;
  const std::vector<eval::ItemCount> items = eval::item_counts(facts);
  const std::vector<double> numbers =
      metric.k > 0 ? eval::item_pass_at_k(items, metric.k) : eval::item_means(items);
  for (size_t i = 0; i < items.size(); ++i)
    values.push_back({std::string(items[i].id), numbers[i]});
  return values;
}

std::optional<double> metric_value(const Metric& metric, const store::EvalFacts& facts) {
  if (const double* probe = probe_of(metric, facts)) return *probe;
  const std::vector<ItemValue> items = item_values(metric, facts);
  if (items.empty()) return {};
  double sum = 0;
  for (const ItemValue& item : items) sum += item.value;
  return sum / static_cast<double>(items.size());
}

}  // namespace rlreason::sweep
