#include "cli/commands/store_sql.h"

#include <fmt/core.h>

#include "core/error.h"
#include "core/store/curve_export.h"
#include "core/store/sql.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"

namespace rlreason::cli {
namespace {

std::string shown(const nlohmann::json& cell) {
  if (cell.is_null()) return "";
  if (cell.is_string()) return cell.get<std::string>();
  if (cell.is_object()) return fmt::format("({} bytes)", cell.at("blob_bytes").get<size_t>());
  return cell.dump();
}

void print_csv(const store::SqlAnswer& answer) {
  const auto line = [](const auto& cells, auto text) {
    std::string all;
    for (const auto& cell : cells) all += (&cell == &cells.front() ? "" : ",") + text(cell);
    fmt::print("{}\n", all);
  };
  line(answer.columns, [](const std::string& name) { return store::csv_cell(name); });
  for (const auto& row : answer.rows)
    line(row, [](const nlohmann::json& cell) {
      return cell.is_string() ? store::csv_cell(shown(cell)) : shown(cell);
    });
}

void print_table(const store::SqlAnswer& answer) {
  std::vector<terminal::Column> columns;
  for (size_t c = 0; c < answer.columns.size(); ++c) {
    const bool number = !answer.rows.empty() && answer.rows[0][c].is_number();
    columns.push_back({terminal::clean(answer.columns[c]),
                       number ? terminal::Align::right : terminal::Align::left, 60});
  }
  terminal::Table table(std::move(columns));
  for (const auto& row : answer.rows) {
    std::vector<std::string> cells;
    for (const auto& cell : row) cells.push_back(shown(cell));
    table.add(std::move(cells));
  }
  fmt::print("{}", table.text());
}

}  // namespace

void declare_sql(CLI::App& app, SqlOptions& options) {
  app.add_option(
         "SELECT", options.text,
         "one reading statement; tables: core/store/schema.h, or SELECT sql FROM sqlite_schema")
      ->required();
  app.add_option("--rows", options.rows, "at most this many rows")
      ->check(CLI::Range(int64_t{1}, int64_t{1000000}));
  app.add_option("--seconds", options.seconds, "give up after this long")
      ->check(CLI::Range(0.001, 3600.0));
  app.add_flag("--csv", options.csv, "as CSV");
}

void answer_sql(const SqlOptions& options, const Globals& globals) {
  const auto time = std::chrono::milliseconds(static_cast<int64_t>(options.seconds * 1000));
  const store::SqlAnswer answer =
      store::answer_sql(globals.store, options.text, {.rows = options.rows, .time = time});
  if (globals.json)
    fmt::print(
        "{}\n",
        nlohmann::json{{"columns", answer.columns}, {"rows", answer.rows}, {"more", answer.more}}
            .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  else if (options.csv)
    print_csv(answer);
  else
    print_table(answer);
  if (answer.more && !globals.json)
    fmt::print(stderr, "more rows than {}; --rows N shows more\n", options.rows);
}

}  // namespace rlreason::cli
