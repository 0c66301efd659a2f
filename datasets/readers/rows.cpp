#include "datasets/readers/rows.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/registry.h"
#include "datasets/readers/jsonl.h"
#include "datasets/readers/records.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

constexpr std::string_view kGoldMark = "####";
const std::vector<std::string> kFields = {
    "category", "choices", "demonstration", "demonstrations", "difficulty", "gold",    "hints",
    "id",       "plan",    "split",         "teacher",        "text",       "verifier"};
constexpr double kMostExact = 9007199254740992.0;  // 2^53

std::string trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos
             ? ""
             : std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

// Text of a scalar; nothing for null, lists, objects and numbers that a double cannot hold exactly.
bool scalar_text(const json& value, std::string& out) {
  if (value.is_string())
    out = value.get<std::string>();
  else if (value.is_number_float() && std::abs(value.get<double>()) >= kMostExact)
    return false;
  else if (value.is_number() || value.is_boolean())
    out = value.dump();
  else
    return false;
  return true;
}

bool is_message(const json& value) {
  return value.is_object() && value.contains("role") && value["role"].is_string() &&
         value.contains("content") && value["content"].is_string();
}

bool are_messages(const json& value) {
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_message);
}

// Fills one row by the map; the first problem ends it.
class MappedRow {
 public:
  MappedRow(const json& object, const RowMap& map, SourceRow& row)
      : object_(object), map_(map), row_(row) {}

  void fill() {
    Prompt& prompt = row_.prompt;
    prompt_text();
    text("gold", prompt.gold);
    text("id", prompt.id);
    text("verifier", prompt.verifier);
    text("plan", prompt.plan);
    text("category", prompt.category);
    text("split", prompt.split);
    list("hints", prompt.hints);
    list("choices", prompt.choices);
    number("difficulty", prompt.difficulty);
    std::vector<std::string> demonstrations;
    list("demonstrations", demonstrations);
    list("demonstration", demonstrations);
    std::string teacher;
    text("teacher", teacher);
    for (std::string& demonstration : demonstrations)
      prompt.demonstrations.push_back({.text = std::move(demonstration), .teacher = teacher});
  }

 private:
  const json* find(const char* field, std::string& path) {
    const auto it = map_.paths.find(field);
    if (it == map_.paths.end()) return nullptr;
    path = it->second;
    const json* value = at_path(object_, path);
    if (value != nullptr && !value->is_null()) return value;
    if (!map_.optional.contains(field))
      problem(fmt::format("no value at '{}' for {}{}", path, field, value ? "" : members()));
    return nullptr;
  }
  // What the row has instead, for somebody who mistyped a path.
  std::string members() const {
    std::string names;
    for (const auto& [name, value] : object_.items()) {
      if (names.size() > 100) return fmt::format("; the row has {}, ...", names);
      names += (names.empty() ? "" : ", ") + name.substr(0, 40);
    }
    return names.empty() ? "; the row is empty" : fmt::format("; the row has {}", names);
  }
  void text(const char* field, std::string& out) {
    std::string path;
    const json* value = find(field, path);
    if (value != nullptr && !scalar_text(*value, out)) wrong_type(field, path, "text", *value);
  }
  void number(const char* field, std::optional<double>& out) {
    std::string path;
    const json* value = find(field, path);
    if (value == nullptr) return;
    if (!value->is_number()) return wrong_type(field, path, "a number", *value);
    out = value->get<double>();
  }
  void prompt_text() {
    std::string path;
    const json* value = find("text", path);
    if (value == nullptr || scalar_text(*value, row_.prompt.text)) return;
    if (!are_messages(*value)) return wrong_type("text", path, "text or messages", *value);
    int users = 0;
    for (const json& message : *value) {
      const std::string role = message["role"];
      if (role == "user" && ++users == 1)
        row_.prompt.text = message["content"];
      else if (role == "system" && row_.system.empty() && users == 0)
        row_.system = message["content"];
      else
        return problem(fmt::format(
            "'{}' has a message of '{}' too many, required one system's at most and one user's",
            path, role.substr(0, 40)));
    }
    if (users == 0) problem(fmt::format("'{}' has no message of a user", path));
  }
  void list(const char* field, std::vector<std::string>& out) {
    std::string path, item;
    const json* value = find(field, path);
    if (value == nullptr) return;
    if (scalar_text(*value, item)) return out.push_back(item);
    if (are_messages(*value)) {
      for (const json& message : *value)
        if (message["role"] == "assistant") out.push_back(message["content"]);
      return;
    }
    bool good = value->is_array();
    for (size_t i = 0; good && i < value->size(); ++i) {
      good = scalar_text((*value)[i], item);
      if (good) out.push_back(item);
    }
    if (!good) problem(fmt::format("'{}' is no list of texts, required for {}", path, field));
  }
  void wrong_type(const char* field, const std::string& path, const char* wanted,
                  const json& value) {
    problem(fmt::format(
        "'{}' is {}, required {} for {}", path,
        value.is_number() ? "a number beyond 2^53 (write it as text)" : value.type_name(), wanted,
        field));
  }
  void problem(std::string sentence) {
    if (row_.problem.empty()) row_.problem = std::move(sentence);
  }

  const json& object_;
  const RowMap& map_;
  SourceRow& row_;
};

void fill_gsm8k(const json& object, bool keep_calculations, SourceRow& row) {
  const json* question = at_path(object, "question");
  const json* answer = at_path(object, "answer");
  if (question == nullptr || !question->is_string() || answer == nullptr || !answer->is_string()) {
    row.problem = "required texts 'question' and 'answer'";
    return;
  }
  const std::string solution = answer->get<std::string>();
  const size_t mark = solution.rfind(kGoldMark);
  if (mark == std::string::npos) {
    row.problem = "no '#### N' in the answer";
    return;
  }
  row.prompt.text = question->get<std::string>() + "\n";
  row.prompt.gold = trim(std::string_view(solution).substr(mark + kGoldMark.size()));
  row.prompt.demonstrations.push_back(
      {.text = trim(keep_calculations ? solution : strip_calculations(solution)),
       .teacher = "gsm8k",
       .style = "solution"});
}

}  // namespace

std::string SourceRow::where() const {
  if (file.empty()) return prompt.id;
  return unit == "line" ? fmt::format("{}:{}", file, line)
                        : fmt::format("{}: {} {}", file, unit, line);
}

std::string strip_calculations(std::string_view text) {
  std::string out;
  for (size_t begin = 0;;) {
    const size_t open = text.find("<<", begin);
    const size_t close = open == std::string_view::npos ? open : text.find(">>", open + 2);
    if (close == std::string_view::npos) return out.append(text.substr(begin));
    out.append(text.substr(begin, open - begin));
    begin = close + 2;
  }
}

void visit_records(const std::filesystem::path& file, const ObjectVisitor& visit) {
  const auto records = open_records(file);
  for (json object; records->next(object);) {
    SourceRow row;
    row.file = file.filename().string();
    row.line = records->number();
    row.unit = records->unit();
    if (!visit(object, *records, std::move(row))) return;
  }
}

void read_gsm8k(const std::filesystem::path& file, bool keep_calculations,
                const RowVisitor& visit) {
  visit_records(file, [&](const json& object, const Records&, SourceRow row) {
    fill_gsm8k(object, keep_calculations, row);
    return visit(std::move(row));
  });
}

void fill_mapped(const json& object, const RowMap& map, SourceRow& row) {
  MappedRow(object, map, row).fill();
}

void read_mapped(const std::filesystem::path& file, const RowMap& map, const RowVisitor& visit) {
  visit_records(file, [&](const json& object, const Records& records, SourceRow row) {
    if (map.paths.empty())
      row.prompt = prompt_from_json(object, records.where());
    else
      fill_mapped(object, map, row);
    return visit(std::move(row));
  });
}

RowMap verl_map() {
  return {.paths = {{"text", "prompt"},
                    {"gold", "reward_model.ground_truth"},
                    {"demonstrations", "target"},
                    {"category", "data_source"},
                    {"split", "extra_info.split"}},
          .optional = {"demonstrations", "category", "split"}};
}

void check_map(const std::map<std::string, std::string>& map) {
  if (map.empty()) return;
  for (const auto& [name, path] : map) {
    if (std::find(kFields.begin(), kFields.end(), name) == kFields.end())
      throw UserError("--map {}={}: required a field of a row, '{}' came; did you mean '{}'?", name,
                      path, name, nearest(name, kFields));
    if (path.empty())
      throw UserError("--map {}=: required a path, an empty one came; write {}=some.path", name,
                      name);
  }
  for (const char* needed : {"text", "gold"})
    if (!map.contains(needed))
      throw UserError("--map: required a path for '{}', found none; add --map {}=some.path", needed,
                      needed);
}

}  // namespace rlreason::data
