#include "datasets/readers/rows.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/registry.h"
#include "datasets/readers/jsonl.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

constexpr std::string_view kGoldMark = "####";
const std::vector<std::string> kFields = {
    "category", "choices", "demonstration", "demonstrations", "gold", "hints",
    "id",       "plan",    "split",         "teacher",        "text", "verifier"};

std::string trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos
             ? ""
             : std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

// Text of a scalar; nothing for null, lists and objects.
bool scalar_text(const json& value, std::string& out) {
  if (value.is_string())
    out = value.get<std::string>();
  else if (value.is_number() || value.is_boolean())
    out = value.dump();
  else
    return false;
  return true;
}

// Fills one row by the map; the first problem ends it.
class MappedRow {
 public:
  MappedRow(const json& object, const std::map<std::string, std::string>& map, SourceRow& row)
      : object_(object), map_(map), row_(row) {}

  void fill() {
    Prompt& prompt = row_.prompt;
    text("text", prompt.text);
    text("gold", prompt.gold);
    text("id", prompt.id);
    text("verifier", prompt.verifier);
    text("plan", prompt.plan);
    text("category", prompt.category);
    text("split", prompt.split);
    list("hints", prompt.hints);
    list("choices", prompt.choices);
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
    const auto it = map_.find(field);
    if (it == map_.end()) return nullptr;
    path = it->second;
    const json* value = at_path(object_, path);
    if (value == nullptr || value->is_null())
      problem(fmt::format("no value at '{}' for {}", path, field));
    return value;
  }
  void text(const char* field, std::string& out) {
    std::string path;
    const json* value = find(field, path);
    if (value != nullptr && !value->is_null() && !scalar_text(*value, out))
      problem(fmt::format("'{}' is {}, required text for {}", path, value->type_name(), field));
  }
  void list(const char* field, std::vector<std::string>& out) {
    std::string path, item;
    const json* value = find(field, path);
    if (value == nullptr || value->is_null()) return;
    if (scalar_text(*value, item)) return out.push_back(item);
    bool good = value->is_array();
    for (size_t i = 0; good && i < value->size(); ++i) {
      good = scalar_text((*value)[i], item);
      if (good) out.push_back(item);
    }
    if (!good) problem(fmt::format("'{}' is no list of texts, required for {}", path, field));
  }
  void problem(std::string sentence) {
    if (row_.problem.empty()) row_.problem = std::move(sentence);
  }

  const json& object_;
  const std::map<std::string, std::string>& map_;
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

void read_gsm8k(const std::filesystem::path& file, bool keep_calculations,
                const RowVisitor& visit) {
  JsonlReader reader(file);
  for (json object; reader.next(object);) {
    SourceRow row{
        .prompt = {}, .problem = {}, .file = file.filename().string(), .line = reader.line()};
    fill_gsm8k(object, keep_calculations, row);
    if (!visit(std::move(row))) return;
  }
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

void read_jsonl(const std::filesystem::path& file, const std::map<std::string, std::string>& map,
                const RowVisitor& visit) {
  JsonlReader reader(file);
  for (json object; reader.next(object);) {
    SourceRow row{
        .prompt = {}, .problem = {}, .file = file.filename().string(), .line = reader.line()};
    if (map.empty())
      row.prompt = prompt_from_json(object, reader.where());
    else
      MappedRow(object, map, row).fill();
    if (!visit(std::move(row))) return;
  }
}

}  // namespace rlreason::data
