// A benchmark's published files as rows: which columns hold the question, the options and the gold, and how the gold is written.
//
// A suite declares its source once (evaluators/suites/*.yaml); several layouts name the columns of several published copies and
// the first one that a record fits is used.  A row's text is the bare question: the suite puts the words around it, so one
// dataset serves every prompt template.  The gold of a choice is the label of the right option, a digit where the source labels
// with digits; options carry their labels ("B) text"), so that an option "2" is no label.  Rows that only repeat an earlier one (LUFFY's avg@32) are folded where the layout says so.
// Not here: reading files (datasets/readers/records.h), what a suite does with the rows (evaluators/suite.h).
// Errors: UserError for a source without a layout; a record that no layout fits becomes a row with a problem.
// Thread safety: pure functions.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "datasets/readers/rows.h"

namespace rlreason::data {

// text: as it stands · after_mark: what follows "####" · index: position of the right option, from 0 · label: the right
// option's label · boxed: the last \boxed{} of a solution
enum class GoldForm { text, after_mark, index, label, boxed };

struct BenchmarkLayout {
  std::string question = "question", context, gold, id, category, options, tolerance, solution, solution_prefix;
  GoldForm gold_form = GoldForm::text;
  std::vector<std::string> option_columns;
  bool options_in_question = false;
  bool fold = false;
  std::string only_column;
  std::vector<std::string> only_values;

  static constexpr auto fields() {
    using config::field, config::one_of;
    using C = BenchmarkLayout;
    return std::tuple{
        field(&C::question, "question", "path of the question", config::not_empty()),
        field(&C::context, "context", "path of a text that comes before the question"),
        field(&C::gold, "gold", "path of the gold answer"),
        field(&C::id, "id", "path of the id; empty: a hash of the question"),
        field(&C::category, "category", "path of the category"),
        field(&C::options, "options", "path of the list of options"),
        field(&C::tolerance, "tolerance", "path of the answer's absolute tolerance, one or a list"),
        field(&C::solution, "solution", "path of a worked solution, kept as demonstration"),
        field(&C::solution_prefix, "solution_prefix", "taken from the beginning of a worked solution"),
        field(&C::gold_form, "gold_form", "how the gold is written", one_of({"text", "after_mark", "index", "label", "boxed"})),
        field(&C::option_columns, "option_columns", "columns of the options, the right one first"),
        field(&C::options_in_question, "options_in_question", "the options end the question, a labelled line each"),
        field(&C::fold, "fold", "rows with the same question and gold are one item"),
        field(&C::only_column, "only_column", "path that decides whether a record belongs to the benchmark"),
        field(&C::only_values, "only_values", "its values for records that do")};
  }
};

struct BenchmarkSource {
  std::string files, origin, licence;
  int64_t items = 0;
  std::vector<BenchmarkLayout> layouts;

  static constexpr auto fields() {
    using config::field;
    using C = BenchmarkSource;
    return std::tuple{field(&C::files, "files", "the file to bring, in words"),
                      field(&C::origin, "origin", "where it is published"),
                      field(&C::items, "items", "number of items as published"),
                      field(&C::licence, "licence", "licence of the texts"),
                      field(&C::layouts, "layouts", "columns of the published copies; the first that fits is used", config::not_empty())};
  }
};

// One record as a row; nothing for a record of another benchmark in the same file.  `name` goes before the id.
std::optional<SourceRow> benchmark_row(const BenchmarkSource& source, const std::string& name, const nlohmann::json& record);

// "…\nA) one\nB) two" -> the text before and the options; labels A, B, … or 1, 2, … in order.  Nothing without two of them.
struct SplitQuestion {
  std::string question;
  std::vector<std::string> options;
  bool digits = false;
};
std::optional<SplitQuestion> split_options(std::string_view text);

}  // namespace rlreason::data
