#include "cli/commands/show_rollouts.h"

#include <algorithm>

#include "core/error.h"
#include "core/runlog/reader.h"
#include "core/terminal/text.h"

namespace rlreason::cli {

using nlohmann::json;

namespace {

std::string text_of(const json& row, const char* key) {
  const auto it = row.find(key);
  return it == row.end() || it->is_null() ? "" : scalar(*it);
}

std::string number_of(const json& row, const char* key) {
  const auto it = row.find(key);
  if (it == row.end()) return "";
  return it->is_number() ? terminal::format_number(it->get<double>()) : scalar(*it);
}

std::string parts_of(const json& row) {
  const auto it = row.find("reward_parts");
  if (it == row.end() || !it->is_object()) return "";
  std::string text;
  for (const auto& [name, value] : it->items())
    text += fmt::format(
        "{}{} {}", text.empty() ? "" : ", ", name,
        value.is_number() ? terminal::format_number(value.get<double>()) : scalar(value));
  return text;
}

void print_indented(const std::string& text) {
  const std::string clean = terminal::clean(text, terminal::Lines::keep);
  for (size_t begin = 0; begin <= clean.size();) {
    const size_t end = std::min(clean.find('\n', begin), clean.size());
    fmt::print("    {}\n", clean.substr(begin, end - begin));
    begin = end + 1;
  }
}

}  // namespace

std::string scalar(const json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json rollout_rows(const std::string& directory, int64_t iteration) {
  runlog::Reader reader(directory);
  runlog::Cursor cursor;
  std::string attempt;
  json rows = json::array();
  int64_t first = -1, last = -1;
  for (auto records = reader.read(cursor); !records.empty(); records = reader.read(cursor))
    for (const auto& record : records) {
      if (record.kind != runlog::Kind::rollout || !record.payload.is_object()) continue;
      const auto at = record.payload.find("iteration"), list = record.payload.find("rows");
      if (at == record.payload.end() || !at->is_number_integer()) continue;
      first = first < 0 ? at->get<int64_t>() : std::min(first, at->get<int64_t>());
      last = std::max(last, at->get<int64_t>());
      if (*at != iteration || list == record.payload.end() || !list->is_array()) continue;
      if (record.attempt != attempt) rows = json::array();
      attempt = record.attempt;
      rows.insert(rows.end(), list->begin(), list->end());
    }
  if (rows.empty())
    throw UserError(
        "--iteration {}: required an iteration with recorded rollouts, {}", iteration,
        last < 0 ? "this run has none" : fmt::format("they go from {} to {}", first, last));
  return rows;
}

void print_rollouts(const json& rows) {
  std::string group = "none";
  for (const auto& row : rows) {
    if (!row.is_object()) continue;
    if (const std::string now = text_of(row, "prompt_id") + " " + text_of(row, "group");
        now != group) {
      group = now;
      fmt::print("\ngroup {}: prompt {}\n", terminal::clean(text_of(row, "group")),
                 terminal::clean(text_of(row, "prompt_id")));
      if (const auto prompt = text_of(row, "prompt"); !prompt.empty()) print_indented(prompt);
    }
    fmt::print("  #{} {}  {}  reward {}  advantage {}  {} tokens, {}\n",
               terminal::clean(text_of(row, "sample")), terminal::clean(text_of(row, "source")),
               terminal::clean(text_of(row, "outcome")), terminal::clean(parts_of(row)),
               terminal::clean(number_of(row, "advantage")),
               terminal::clean(number_of(row, "length")), terminal::clean(text_of(row, "finish")));
    print_indented(text_of(row, "text"));
  }
}

}  // namespace rlreason::cli
