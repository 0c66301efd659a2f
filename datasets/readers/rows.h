// Source files to rows: GSM8K's original JSONL, any JSONL by a field map, and our own row format.
//
// A row that lacks something is handed on with a `problem`, so that the caller can list it; a file that cannot be parsed is
// a DataError (datasets/readers/jsonl.h).  Nothing is verified here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "datasets/prompt.h"

namespace rlreason::data {

struct SourceRow {
  Prompt prompt;        // verifier and id may be empty
  std::string problem;  // why the row cannot be used; empty: it can
  std::string file;     // without folder
  int64_t line = 0;     // or number of the element or row: see unit
  std::string_view unit = "line";

  std::string where() const;  // "file:line", "file: row 3"; the prompt's id when there is no file
};

// false: stop reading.
using RowVisitor = std::function<bool(SourceRow)>;

// {"question": ..., "answer": "solution with <<marks>> ... #### N"}.  Gold is N as written; the solution with its final line
// is the demonstration, marks stripped unless kept; the prompt is the question and a newline.
void read_gsm8k(const std::filesystem::path& file, bool keep_calculations, const RowVisitor& visit);

// `map`: field of a row -> dotted path.  Fields: id, text, gold, verifier, demonstration, demonstrations, teacher, hints,
// plan, choices, category, split.  Numbers and booleans become text.  An empty map reads rows in our own format (strict).
void read_jsonl(const std::filesystem::path& file, const std::map<std::string, std::string>& map, const RowVisitor& visit);
void check_map(const std::map<std::string, std::string>& map);  // UserError: unknown field, or text and gold not both mapped

// Without "<<...>>" marks; an unclosed mark stays.
std::string strip_calculations(std::string_view text);

}  // namespace rlreason::data
