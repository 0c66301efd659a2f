// Is a table in a paper still what its report and the store say?
//
//   ok       every line is the report's, and the store gives the same numbers
//   EDITED   a line of the file differs from the report's text: both values are named
//   STALE    the store now gives another number for a row, or refuses the table
//   UNKNOWN  no report of this store is named in the file
//
// A file may hold a table among other text (LaTeX, Markdown): the lines after its comment are compared.  Line ends may be CRLF.
// Errors: DataError for a file that cannot be read.
// Thread safety: as Store.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::sweep {

enum class TableState { ok, edited, stale, unknown };
const char* to_string(TableState state);

struct TableProblem {
  TableState state;
  std::string sentence;  // "line 4: 74.9 in the file, 74.5 in report 77aa"
};

struct VerifiedTable {
  std::filesystem::path file;
  std::string report;  // first digits of its id; "" when none is named
  int64_t runs = 0;
  std::vector<TableProblem> problems;  // empty: ok
  TableState state() const;            // the first problem's
};

// One a report named in the file; one UNKNOWN when there is none.
std::vector<VerifiedTable> verify_file(const store::Store& store,
                                       const std::filesystem::path& file);

}  // namespace rlreason::sweep
