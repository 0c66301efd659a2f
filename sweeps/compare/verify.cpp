#include "sweeps/compare/verify.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "core/error.h"
#include "core/process/io.h"
#include "core/store/reports.h"
#include "sweeps/compare/question.h"
#include "sweeps/compare/render.h"
#include "sweeps/compare/report.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

constexpr int64_t kLargestFile = int64_t{64} << 20;
constexpr size_t kProblemsShown = 20;
constexpr const char* kHex = "0123456789abcdef";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

struct Named {
  std::string id;
  size_t line = 0;
};

bool is_id(const std::string& text) {
  return text.size() == kShownIdDigits && text.find_first_not_of(kHex) == std::string::npos;
}

// The reports that a file names, and where: in a comment, as "report": {"id": ...}, or in the last column of a CSV.
std::vector<Named> named_reports(const std::vector<std::string>& lines) {
  std::vector<Named> found;
  std::set<std::string> seen;
  const auto add = [&](const std::string& id, size_t line) {
    if (is_id(id) && seen.insert(id).second) found.push_back({id, line});
  };
  const bool is_csv = !lines.empty() && lines.front().ends_with(",report");
  bool in_report = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (const size_t at = line.find("rlreason report "); at != std::string::npos)
      add(line.substr(at + 16, kShownIdDigits), i);
    if (is_csv && i > 0) add(line.substr(line.rfind(',') + 1), 0);
    in_report = in_report ? line.find('}') == std::string::npos
                          : line.find("\"report\": {") != std::string::npos;
    if (const size_t at = line.find("\"id\": \""); in_report && at != std::string::npos)
      add(line.substr(at + 7, kShownIdDigits), i);
  }
  return found;
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : line) {
    if (std::string_view(" \t,|&<>[]{}$").find(c) == std::string_view::npos) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

// The first words in which two lines differ: those of the file and those of the report.
std::string edit_of(const std::string& mine, const std::string& report, const std::string& id) {
  const std::vector<std::string> a = words_of(mine), b = words_of(report);
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string in_file = i < a.size() ? a[i] : "nothing",
                      in_report = i < b.size() ? b[i] : "nothing";
    if (in_file != in_report)
      return fmt::format("{} in the file, {} in report {}", in_file, in_report, id);
  }
  return fmt::format("other spaces or signs than in report {}", id);
}

std::string with_id(std::string text, const std::string& id) {
  static const std::string kPlaceholder = report_placeholder();
  for (size_t at = text.find(kPlaceholder); at != std::string::npos;
       at = text.find(kPlaceholder, at + 1))
    text.replace(at, kPlaceholder.size(), id);
  return text;
}

void find_edits(const std::vector<std::string>& lines, const Named& named, const std::string& text,
                VerifiedTable& table) {
  const std::vector<std::string> report = lines_of(text);
  size_t at = 0;  // the line of the report that names it
  while (at < report.size() && report[at].find(named.id) == std::string::npos) ++at;
  if (report.front().ends_with(",report")) at = 0;
  if (named.line < at) {
    table.problems.push_back({TableState::edited, "its beginning was cut off"});
    return;
  }
  const size_t first = named.line - at;
  for (size_t i = 0; i < report.size(); ++i) {
    const size_t here = first + i;
    if (here >= lines.size()) {
      table.problems.push_back(
          {TableState::edited,
           fmt::format("line {}: the file ends, report {} goes on", here + 1, named.id)});
      return;
    }
    if (lines[here] == report[i]) continue;
    if (table.problems.size() >= kProblemsShown) {
      table.problems.push_back({TableState::edited, "and more lines"});
      return;
    }
    table.problems.push_back(
        {TableState::edited,
         fmt::format("line {}: {}", here + 1, edit_of(lines[here], report[i], named.id))});
  }
}

std::string shown(const json& mean) {
  return mean.is_number() ? fmt::format("{:.2f}", mean.get<double>()) : "missing";
}

bool moved(const json& before, const json& now) {
  if (before.is_number() != now.is_number()) return true;
  return before.is_number() && std::abs(before.get<double>() - now.get<double>()) > 1e-9;
}

// Numbers of the table that the store no longer gives.
void find_stale(const store::Store& store, const store::ReportRow& report, VerifiedTable& table) {
  json now;
  try {
    now = to_json(answer(store, Question::from_json(report.spec), true).comparison);
  } catch (const Error& error) {
    std::string sentence = error.what();  // of a refusal: the first finding, its second line
    const size_t begin = sentence.find("\n  "), end = sentence.find('\n', begin + 1);
    if (begin != std::string::npos) sentence = sentence.substr(begin + 3, end - begin - 3);
    table.problems.push_back({TableState::stale, "cannot be made again: " + sentence});
    return;
  }
  std::map<std::string, json> rows;
  for (const json& row : now["rows"]) rows[row["label"]] = row;
  size_t number = 0;
  for (const json& row : report.result["table"]["rows"]) {
    ++number;
    const std::string label = row["label"];
    if (!rows.contains(label)) {
      table.problems.push_back(
          {TableState::stale, fmt::format("row {}: {} is no longer there", number, label)});
      continue;
    }
    for (const auto& [metric, value] : row["values"].items()) {
      const json current = rows[label]["values"].value(metric, json::object());
      const json mean = current.value("mean", json()), half = current.value("half_width", json());
      if (moved(value["mean"], mean) || moved(value["half_width"], half))
        table.problems.push_back(
            {TableState::stale, fmt::format("row {}: {}, {} is now {} ± {} (was {} ± {})", number,
                                            label, metric, shown(mean), shown(half),
                                            shown(value["mean"]), shown(value["half_width"]))});
    }
  }
}

}  // namespace

const char* to_string(TableState state) {
  constexpr const char* kNames[] = {"ok", "EDITED", "STALE", "UNKNOWN"};
  return kNames[static_cast<size_t>(state)];
}

TableState VerifiedTable::state() const {
  return problems.empty() ? TableState::ok : problems.front().state;
}

std::vector<VerifiedTable> verify_file(const store::Store& store,
                                       const std::filesystem::path& file) {
  const std::vector<std::string> lines = lines_of(process::read_file(file, kLargestFile));
  std::vector<VerifiedTable> tables;
  for (const Named& named : named_reports(lines)) {
    VerifiedTable table{.file = file, .report = named.id, .runs = 0, .problems = {}};
    try {
      const store::ReportRow report = store::find_report(store, named.id);
      table.runs = static_cast<int64_t>(report.runs.size());
      find_edits(lines, named, with_id(report.result.value("text", ""), named.id), table);
      find_stale(store, report, table);
    } catch (const UserError& error) {
      table.problems.push_back({TableState::unknown, error.what()});
    }
    tables.push_back(std::move(table));
  }
  if (tables.empty())
    tables.push_back({file,
                      "",
                      0,
                      {{TableState::unknown,
                        "names no report; export it with rlreason compare ... --output FILE"}}});
  return tables;
}

}  // namespace rlreason::sweep
