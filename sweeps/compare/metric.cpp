#include "sweeps/compare/metric.h"

#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "evaluators/metrics.h"

namespace rlreason::sweep {
namespace {

// A flag of one sample as a number: a boolean, a number, or whether the first token's label is `flag`.
double flag_value(const nlohmann::json& flags, const std::string& flag) {
  if (!flags.is_object()) return 0;
  if (const auto own = flags.find(flag); own != flags.end()) {
    if (own->is_boolean()) return own->get<bool>() ? 1 : 0;
    if (own->is_number()) return own->get<double>();
  }
  const auto label = flags.find("first_token_label");
  return label != flags.end() && label->is_string() && label->get<std::string>() == flag ? 1 : 0;
}

double flag_mean(const store::ItemFact& item, const std::string& flag) {
  if (item.samples.empty()) return 0;
  double sum = 0;
  for (const store::SampleFact& sample : item.samples) sum += flag_value(sample.flags, flag);
  return sum / static_cast<double>(item.samples.size());
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
    throw UserError("{}: required SUITE, SUITE@K or SUITE:FLAG, '{}' came; for example ledger_hard@8", where, text);
  return metric;
}

std::vector<ItemValue> item_values(const Metric& metric, const store::EvalFacts& facts) {
  std::vector<ItemValue> values;
  if (!metric.flag.empty()) {
    for (const store::ItemFact& item : facts.items) values.push_back({item.id, flag_mean(item, metric.flag)});
    return values;
  }
  const std::vector<eval::ItemResults> items = eval::item_results(facts);
  const std::vector<double> numbers = metric.k > 0 ? eval::item_pass_at_k(items, metric.k) : eval::item_means(items);
  for (size_t i = 0; i < items.size(); ++i) values.push_back({items[i].id, numbers[i]});
  return values;
}

double mean_value(const std::vector<ItemValue>& items) {
  RLR_ENSURE(!items.empty(), "an evaluation without items");
  double sum = 0;
  for (const ItemValue& item : items) sum += item.value;
  return sum / static_cast<double>(items.size());
}

}  // namespace rlreason::sweep
