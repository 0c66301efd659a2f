#include "sweeps/compare/report.h"

#include <fmt/core.h>

#include <set>

#include "core/digest.h"
#include "core/store/reports.h"
#include "sweeps/compare/csv.h"
#include "sweeps/compare/html.h"
#include "sweeps/compare/latex.h"
#include "sweeps/compare/render.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

constexpr const char* kPlaceholder = "@report@id@@";  // as long as the digits shown

json cell_inputs(const CellFacts& cell) {
  json suites = json::object();
  for (const auto& [suite, facts] : cell.suites) {
    json right = json::array();
    for (const store::ItemFact& item : facts.items) {
      int64_t count = 0;
      for (const store::SampleFact& sample : item.samples) count += sample.outcome == "right";
      right.push_back({item.id, count, item.samples.size()});
    }
    suites[suite] = {{"protocol", facts.row.key.protocol_digest},
                     {"dataset", facts.row.key.dataset_digest},
                     {"checkpoint", facts.row.key.checkpoint},
                     {"right", sha256(right.dump())}};
  }
  json result = {{"row", cell.row}, {"seed", cell.seed}, {"suites", suites}};
  if (cell.training)
    result["training"] = {{"uid", cell.training->uid}, {"identity", cell.training->identity}};
  if (cell.evaluation)
    result["evaluation"] = {{"uid", cell.evaluation->uid}, {"identity", cell.evaluation->identity}};
  return result;
}

std::vector<std::string> runs_of(const ComparisonInput& input) {
  std::set<std::string> uids;
  for (const CellFacts& cell : input.cells) {
    if (cell.training) uids.insert(cell.training->uid);
    if (cell.evaluation) uids.insert(cell.evaluation->uid);
  }
  return {uids.begin(), uids.end()};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string json_document(const Comparison& comparison, const ReportHead& head) {
  json all = to_json(comparison);
  all["report"] = {{"id", head.id},
                   {"inputs", head.inputs_digest},
                   {"store", head.store_uuid},
                   {"command", head.command}};
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string report_placeholder() { return kPlaceholder; }

const char* to_string(Format format) {
  constexpr const char* kNames[] = {"terminal", "markdown", "latex", "csv", "json", "html"};
  return kNames[static_cast<size_t>(format)];
}

std::string ReportHead::line() const {
  return fmt::format(
      "rlreason report {} inputs sha256:{:.16} store {}; check it with: rlreason compare verify "
      "FILE",
      id, inputs_digest, store_uuid);
}

json inputs_of(const ComparisonInput& input) {
  json cells = json::array();
  for (const CellFacts& cell : input.cells) cells.push_back(cell_inputs(cell));
  return cells;
}

std::string document(const Comparison& comparison, const ComparisonInput& input, Format format,
                     const ReportHead& head) {
  switch (format) {
    case Format::terminal:
      return render(comparison, Layout::terminal);
    case Format::markdown:
      return "<!-- " + head.line() + " -->\n" +
             replaced(render(comparison, Layout::markdown), "<", "&lt;");
    case Format::latex:
      return latex(comparison, head);
    case Format::csv:
      return csv(comparison, head);
    case Format::json:
      return json_document(comparison, head);
    case Format::html:
      return html(comparison, input, head);
  }
  return "";
}

Exported export_report(store::Store& store, const Comparison& comparison,
                       const ComparisonInput& input, Format format, const json& spec,
                       const std::string& command) {
  const json inputs = inputs_of(input);
  ReportHead head{.id = kPlaceholder,
                  .inputs_digest = sha256(inputs.dump()),
                  .store_uuid = store::store_uuid(store),
                  .command = command};
  const std::string text = document(comparison, input, format, head);
  store::ReportRow row;
  row.kind = "compare";
  row.spec = spec;
  row.inputs = inputs;
  row.result = {{"format", to_string(format)}, {"table", to_json(comparison)}, {"text", text}};
  row.runs = runs_of(input);
  const std::string id = store::add_report(store, row);
  return {id, replaced(text, kPlaceholder, id.substr(0, kShownIdDigits))};
}

}  // namespace rlreason::sweep
