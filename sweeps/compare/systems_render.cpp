#include "sweeps/compare/systems_render.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/compare/words.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;
using terminal::Align;
using terminal::Table;

json number(double value) { return std::isfinite(value) ? json(value) : json(); }
std::string range(const eval::Interval& interval) {
  return fmt::format("{:.3f} to {:.3f}", interval.low, interval.high);
}

std::string text_of(const Table& table, Layout layout) {
  return layout == Layout::markdown ? table.markdown() : table.text();
}

std::string with_interval(const std::optional<double>& value,
                          const std::optional<eval::Interval>& interval) {
  if (!value) return "";
  return interval ? fmt::format("{:.3f} ({})", *value, range(*interval))
                  : fmt::format("{:.3f}", *value);
}

Table values_table(const SystemsComparison& comparison) {
  Table table({{"suite"},
               {"system"},
               {"items", Align::right},
               {"samples", Align::right},
               {"accuracy", Align::right},
               {"95 %"},
               {"pass@n"},
               {"maj@n"},
               {"best@n"},
               {"extracted", Align::right},
               {"unscored", Align::right},
               {"bytes", Align::right}});
  for (const SystemEvaluation& one : comparison.evaluations) {
    const eval::SuiteReport& report = one.report;
    const eval::CurvePointAtK& last = report.curve.back();
    const bool several = report.rates.min_samples > 1;
    table.add(
        {report.suite, one.system, std::to_string(report.rates.items),
         std::to_string(report.rates.min_samples), fmt::format("{:.4f}", report.accuracy.value),
         range(report.accuracy), several ? with_interval(last.pass, report.pass) : "",
         several ? with_interval(last.maj, report.maj) : "",
         several ? with_interval(last.best, report.best) : "",
         fmt::format("{:.3f}", report.rates.extraction_rate), std::to_string(report.rates.unscored),
         terminal::format_number(report.rates.mean_length)});
  }
  return table;
}

std::string test_text(const SystemPair& pair) {
  if (!pair.test.mcnemar) return "sign flips";
  return fmt::format("McNemar {}/{}", pair.test.mcnemar->b, pair.test.mcnemar->c);
}

Table pairs_table(const SystemsComparison& comparison) {
  Table table({{"suite"},
               {"pair"},
               {"difference", Align::right},
               {"se", Align::right},
               {"95 %"},
               {"test"},
               {"p", Align::right},
               {"Holm", Align::right},
               {"corr.", Align::right},
               {"discordant", Align::right},
               {"80 % power", Align::right}});
  for (const SystemPair& pair : comparison.pairs)
    table.add(
        {pair.suite, pair.a + " - " + pair.b, fmt::format("{:+.4f}", pair.test.difference.value),
         fmt::format("{:.4f}", pair.test.difference.standard_error), range(pair.test.difference),
         test_text(pair), format_p(pair.test.p), format_p(pair.p_holm),
         fmt::format("{:.2f}", pair.test.correlation), std::to_string(pair.test.discordant.size()),
         fmt::format("{:.4f}", pair.test.detectable)});
  return table;
}

Table boundary_table(const SystemsComparison& comparison) {
  Table table({{"suite"},
               {"base -> other"},
               {"k*", Align::right},
               {"P", Align::right},
               {"S", Align::right},
               {"E", Align::right},
               {"O", Align::right},
               {"SRR", Align::right},
               {"NDR", Align::right},
               {"SDS", Align::right},
               {"NSCR", Align::right},
               {"gain", Align::right},
               {"in reach", Align::right},
               {"new", Align::right}});
  for (const SystemPair& pair : comparison.pairs) {
    const eval::Boundary& edge = pair.boundary;
    const eval::Support& support = edge.support;
    if (std::min(edge.base_samples, edge.trained_samples) < 2) continue;
    table.add(
        {pair.suite, pair.a + " -> " + pair.b,
         edge.crossing ? std::to_string(*edge.crossing) : "none", std::to_string(support.preserved),
         std::to_string(support.shrunk), std::to_string(support.expanded),
         std::to_string(support.out), fmt::format("{:.3f}", support.retention()),
         fmt::format("{:.3f}", support.discovery()), fmt::format("{:.3f}", support.synthesis()),
         fmt::format("{:.3f}", support.net_change()), fmt::format("{:+.4f}", edge.gain.total),
         fmt::format("{:+.4f}", edge.gain.sharpened), fmt::format("{:+.4f}", edge.gain.fresh)});
  }
  return table;
}

std::string sentence(const SystemPair& pair) {
  const eval::Interval& d = pair.test.difference;
  if (pair.test.discordant.empty())
    return fmt::format("{}: {} and {} agree on every one of {} items.", pair.suite, pair.a, pair.b,
                       pair.test.items);
  if (!std::isfinite(d.low) || (d.low <= 0 && d.high >= 0))
    return fmt::format(
        "{}: {} and {} cannot be told apart on {} items; a difference of {:.3f} would be seen with "
        "80 % power.",
        pair.suite, pair.a, pair.b, pair.test.items, pair.test.detectable);
  const std::string holm =
      pair.p_holm < 0.05 ? "" : "; with Holm's correction that is not established";
  return fmt::format("{}: {} is {} than {} by {:.3f} [{:.3f}, {:.3f}] (p {}{}).", pair.suite,
                     pair.a, d.value > 0 ? "better" : "worse", pair.b, std::abs(d.value),
                     d.value > 0 ? d.low : -d.high, d.value > 0 ? d.high : -d.low,
                     format_p(pair.test.p), holm);
}

std::string discordant_text(const SystemPair& pair) {
  std::string text;
  for (const DiscordantItem& item : pair.discordant) {
    if (!item.text_a && !item.text_b) continue;
    text += fmt::format(
        "\n{} item {}, gold {}\n  {} ({:.2f} right, '{}'): {}\n  {} ({:.2f} right, '{}'): {}\n",
        pair.suite, terminal::clean(item.id), terminal::clean(item.gold), pair.a, item.share_a,
        terminal::clean(item.answer_a), terminal::clean(item.text_a.value_or("")), pair.b,
        item.share_b, terminal::clean(item.answer_b), terminal::clean(item.text_b.value_or("")));
  }
  return text;
}

json discordant_json(const SystemPair& pair) {
  json list = json::array();
  for (const DiscordantItem& item : pair.discordant) {
    json one = {{"id", item.id},
                {"share", {item.share_a, item.share_b}},
                {"answers", {item.answer_a, item.answer_b}}};
    if (item.text_a || item.text_b) {
      one["gold"] = item.gold;
      one["texts"] = {item.text_a.value_or(""), item.text_b.value_or("")};
    }
    list.push_back(std::move(one));
  }
  return list;
}

json boundary_json(const eval::Boundary& edge) {
  return {{"base_samples", edge.base_samples},
          {"trained_samples", edge.trained_samples},
          {"crossing_k", edge.crossing ? json(*edge.crossing) : json()},
          {"started_ahead", edge.started_ahead},
          {"preserved", edge.support.preserved},
          {"shrunk", edge.support.shrunk},
          {"expanded", edge.support.expanded},
          {"out", edge.support.out},
          {"srr", number(edge.support.retention())},
          {"ndr", number(edge.support.discovery())},
          {"sds", number(edge.support.synthesis())},
          {"nscr", number(edge.support.net_change())},
          {"gain", edge.gain.total},
          {"gain_in_reach", edge.gain.sharpened},
          {"gain_new", edge.gain.fresh}};
}

json pair_json(const SystemPair& pair) {
  const eval::PairedComparison& test = pair.test;
  json document = {{"a", pair.a},
                   {"b", pair.b},
                   {"suite", pair.suite},
                   {"n", test.items},
                   {"accuracy", {test.mean_a, test.mean_b}},
                   {"difference", test.difference.value},
                   {"standard_error", number(test.difference.standard_error)},
                   {"interval", {number(test.difference.low), number(test.difference.high)}},
                   {"test", test.mcnemar ? "mcnemar" : "sign_flip"},
                   {"p", test.p},
                   {"p_holm", pair.p_holm},
                   {"correlation", number(test.correlation)},
                   {"detectable", number(test.detectable)},
                   {"discordant", test.discordant.size()},
                   {"discordant_items", discordant_json(pair)},
                   {"boundary", boundary_json(pair.boundary)}};
  if (test.mcnemar)
    document["mcnemar"] = {{"b", test.mcnemar->b}, {"c", test.mcnemar->c}, {"p", test.mcnemar->p}};
  return document;
}

}  // namespace

std::string render(const SystemsComparison& comparison, Layout layout) {
  std::string text = text_of(values_table(comparison), layout);
  if (!comparison.pairs.empty()) text += "\n" + text_of(pairs_table(comparison), layout);
  if (const Table edges = boundary_table(comparison); edges.rows() > 0)
    text += "\n" + text_of(edges, layout);
  if (!comparison.macro.empty()) {
    Table macro({{"macro average"}, {"value", Align::right}, {"95 %"}});
    for (const MacroAverage& one : comparison.macro)
      macro.add({one.label, fmt::format("{:+.4f}", one.value.value), range(one.value)});
    text += "\n" + text_of(macro, layout);
  }
  text += "\n";
  for (const SystemPair& pair : comparison.pairs) text += sentence(pair) + "\n";
  for (const std::string& note : comparison.notes) text += "note: " + terminal::clean(note) + "\n";
  for (const SystemPair& pair : comparison.pairs) text += discordant_text(pair);
  return text;
}

json to_json(const SystemsComparison& comparison) {
  json document = {{"over", "items"},         {"systems", comparison.systems},
                   {"suites", json::array()}, {"pairs", json::array()},
                   {"macro", json::array()},  {"notes", comparison.notes}};
  for (const SystemEvaluation& one : comparison.evaluations) {
    json suite = eval::to_json(one.report);
    suite["system"] = one.system;
    suite["run"] = one.run.name;
    if (one.facts.row.protocol.is_object())
      suite["verifiers"] = one.facts.row.protocol.value("verifiers", json::array());
    document["suites"].push_back(std::move(suite));
  }
  for (const SystemPair& pair : comparison.pairs) document["pairs"].push_back(pair_json(pair));
  for (const MacroAverage& one : comparison.macro)
    document["macro"].push_back({{"label", one.label},
                                 {"value", one.value.value},
                                 {"standard_error", number(one.value.standard_error)},
                                 {"interval", {number(one.value.low), number(one.value.high)}}});
  return document;
}

}  // namespace rlreason::sweep
