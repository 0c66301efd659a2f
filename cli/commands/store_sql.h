// `rlreason store sql`: one SELECT as a table, CSV or JSON.
//
// Errors: as core/store/sql.h.  Thread safety: as cli/command.h.
#pragma once

#include <string>

#include "cli/command.h"

namespace rlreason::cli {

struct SqlOptions {
  std::string text;
  int64_t rows = 1000;
  double seconds = 30;
  bool csv = false;
};

void declare_sql(CLI::App& app, SqlOptions& options);
void answer_sql(const SqlOptions& options, const Globals& globals);

}  // namespace rlreason::cli
