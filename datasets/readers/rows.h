// Objects of a source file to rows: GSM8K's original form, any form by a map of fields, verl's columns, our own row format.
//
// A row that lacks something is handed on with a `problem`, so that the caller can list it; a file that cannot be parsed is
// a DataError (datasets/readers/records.h).  Nothing is verified here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>

#include "datasets/prompt.h"

namespace rlreason::data {

struct SourceRow {
  Prompt prompt{};      // verifier and id may be empty
  std::string system{}; // a system's message before the prompt
  std::string problem{};// why the row cannot be used; empty: it can
  std::string file{};   // without folder
  int64_t line = 0;     // or number of the element or row: see unit
  std::string_view unit = "line";

  std::string where() const;  // "file:line", "file: row 3"; the prompt's id when there is no file
};

// false: stop reading.
using RowVisitor = std::function<bool(SourceRow)>;

// Each object of a file (datasets/readers/records.h) with an empty row that knows where it stands.
class Records;
using ObjectVisitor = std::function<bool(const nlohmann::json& object, const Records& records, SourceRow row)>;
void visit_records(const std::filesystem::path& file, const ObjectVisitor& visit);

// {"question": ..., "answer": "solution with <<marks>> ... #### N"}.  Gold is N as written; the solution with its final line
// is the demonstration, marks stripped unless kept; the prompt is the question and a newline.
void read_gsm8k(const std::filesystem::path& file, bool keep_calculations, const RowVisitor& visit);

// `map`: field of a row -> dotted path.  Fields: id, text, gold, verifier, demonstration, demonstrations, teacher, hints,
// plan, choices, category, split, difficulty.  Numbers and booleans become text.  A text at which there is a list of messages
// {role, content} is its user's message (and `system` its system's); demonstrations are its assistant's.
// Fields in `optional` may be absent or null.  An empty map reads rows in our own format (strict).
struct RowMap {
  std::map<std::string, std::string> paths;
  std::set<std::string> optional = {};
};
void read_mapped(const std::filesystem::path& file, const RowMap& map, const RowVisitor& visit);
// One object; `row` gets its fields or its problem.
void fill_mapped(const nlohmann::json& object, const RowMap& map, SourceRow& row);
// verl's and LUFFY's columns.
RowMap verl_map();
void check_map(const std::map<std::string, std::string>& map);  // UserError: unknown field, or text and gold not both mapped

// Without "<<...>>" marks; an unclosed mark stays.
std::string strip_calculations(std::string_view text);

}  // namespace rlreason::data
