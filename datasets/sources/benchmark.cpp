#include "datasets/sources/benchmark.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>

#include "core/config/parse.h"
#include "core/digest.h"
#include "core/error.h"
#include "datasets/readers/csv.h"
#include "datasets/readers/jsonl.h"
#include "datasets/sources/readers.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

constexpr size_t kMostOptions = 26;

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

// A number that was stored as a float for no reason loses its ".0"; a list of texts is one text.
std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return trimmed(value.get<std::string>());
  if (value.is_number_float() &&
      value.get<double>() == static_cast<double>(static_cast<int64_t>(value.get<double>())))
    return std::to_string(static_cast<int64_t>(value.get<double>()));
  if (value.is_number() || value.is_boolean()) return value.dump();
  if (!value.is_array() || value.empty()) return std::nullopt;
  std::string joined;
  for (const json& item : value) {
    const auto own = text_of(item);
    if (!own) return std::nullopt;
    joined += (joined.empty() ? "" : ", ") + *own;
  }
  return joined;
}

std::optional<std::string> text_at(const json& record, const std::string& path) {
  const json* value = path.empty() ? nullptr : at_path(record, path);
  return value == nullptr || value->is_null() ? std::nullopt : text_of(*value);
}

std::string label_of(size_t position, bool digits) {
  return digits ? std::to_string(position + 1)
                : std::string(1, static_cast<char>('A' + static_cast<int>(position)));
}

// "A) text", "A. text", "(A) text" without its label; nothing when it has none.
std::optional<std::string> unlabelled(std::string_view text, const std::string& label) {
  for (const auto& [before, after] :
       {std::pair("", ")"), std::pair("", "."), std::pair("(", ")")}) {
    const std::string mark = before + label + after;
    if (text.starts_with(mark)) return trimmed(text.substr(mark.size()));
  }
  return std::nullopt;
}

// Labels that every option carries are taken away.
void strip_labels(std::vector<std::string>& options) {
  std::vector<std::string> bare;
  for (size_t i = 0; i < options.size(); ++i) {
    auto own = unlabelled(options[i], label_of(i, false));
    if (!own) return;
    bare.push_back(std::move(*own));
  }
  options = std::move(bare);
}

// The last \boxed{...} by matching braces; empty when there is none.
std::string last_boxed(const std::string& text) {
  constexpr std::string_view kMark = "\\boxed{";
  const size_t begin = text.rfind(kMark);
  if (begin == std::string::npos) return "";
  int depth = 1;
  for (size_t i = begin + kMark.size(); i < text.size(); ++i) {
    depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (depth == 0)
      return trimmed(std::string_view(text).substr(begin + kMark.size(), i - begin - kMark.size()));
  }
  return "";
}

std::vector<double> tolerances(const std::string& text) {
  std::vector<double> values;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string one = trimmed(std::string_view(text).substr(begin, end - begin));
    double value = 0;
    if (std::from_chars(one.data(), one.data() + one.size(), value).ec != std::errc()) return {};
    values.push_back(value);
    begin = end + 1;
  }
  return values;
}

// Fills one row from a record by a layout that has its question.
class RowBuilder {
 public:
  RowBuilder(const BenchmarkLayout& layout, const json& record)
      : layout_(layout), record_(record) {}

  SourceRow build(const std::string& name) {
    Prompt& prompt = row_.prompt;
    prompt.text = question();
    prompt.category = text_at(record_, layout_.category).value_or("");
    options();
    gold();
    if (const auto tolerance = text_at(record_, layout_.tolerance))
      prompt.options.abs_tol = tolerances(*tolerance);
    if (auto solution = text_at(record_, layout_.solution); solution && !solution->empty()) {
      if (solution->starts_with(layout_.solution_prefix))
        solution->erase(0, layout_.solution_prefix.size());
      prompt.demonstrations.push_back({.text = std::move(*solution), .style = "solution"});
    }
    prompt.id = name + "/" + text_at(record_, layout_.id).value_or(content_hash());
    for (size_t i = 0; choice() && i < prompt.choices.size(); ++i)
      prompt.choices[i] = label_of(i, digits_) + ") " + prompt.choices[i];
    return std::move(row_);
  }

 private:
  std::string question() const {
    const std::string text = text_at(record_, layout_.question).value_or("");
    std::string context = text_at(record_, layout_.context).value_or("");
    if (context.empty()) return text;
    const bool closed = std::string_view(".!?:").find(context.back()) != std::string_view::npos;
    return context + (closed ? " " : ". ") + text;
  }

  void options() {
    Prompt& prompt = row_.prompt;
    if (layout_.options_in_question) {
      auto split = split_options(prompt.text);
      if (!split) return problem("no labelled options end the question");
      prompt.text = std::move(split->question);
      prompt.choices = std::move(split->options);
      digits_ = split->digits;
    }
    for (const std::string& column : layout_.option_columns) {
      auto own = text_at(record_, column);
      if (!own) return problem(fmt::format("no text at '{}' for an option", column));
      prompt.choices.push_back(std::move(*own));
    }
    if (layout_.options.empty()) return;
    const json* list = at_path(record_, layout_.options);
    if (list == nullptr || !list->is_array())
      return problem(fmt::format("'{}' is no list of options", layout_.options));
    for (const json& item : *list) {
      auto own = item.is_object() ? text_at(item, "text") : text_of(item);
      if (!own)
        return problem(fmt::format("'{}' holds an option that is no text", layout_.options));
      prompt.choices.push_back(std::move(*own));
    }
    while (!prompt.choices.empty() && prompt.choices.back() == "N/A")
      prompt.choices.pop_back();  // MMLU-Pro fills up with these
    strip_labels(prompt.choices);
  }

  bool choice() const {
    return !layout_.option_columns.empty() || layout_.gold_form == GoldForm::index ||
           layout_.gold_form == GoldForm::label;
  }

  void gold() {
    Prompt& prompt = row_.prompt;
    if (choice() && (prompt.choices.empty() || prompt.choices.size() > kMostOptions))
      return problem(
          fmt::format("required 1 to {} options, found {}", kMostOptions, prompt.choices.size()));
    if (!layout_.option_columns.empty()) {
      prompt.gold = "A";
      return;
    }
    const auto text = text_at(record_, layout_.gold);
    if (!text || text->empty()) return problem(fmt::format("no gold at '{}'", layout_.gold));
    switch (layout_.gold_form) {
      case GoldForm::text:
        prompt.gold = *text;
        return;
      case GoldForm::after_mark: {
        const size_t mark = text->rfind("####");
        if (mark == std::string::npos) return problem("no '####' before the gold");
        prompt.gold = trimmed(std::string_view(*text).substr(mark + 4));
        return;
      }
      case GoldForm::boxed:
        prompt.gold = last_boxed(*text);
        if (prompt.gold.empty()) problem("no \\boxed{} in the solution");
        return;
      case GoldForm::index:
      case GoldForm::label:
        return labelled_gold(*text);
    }
  }

  // A gold that is a digit where labels are letters belongs to an item that the source labels with digits.
  void labelled_gold(const std::string& text) {
    const bool index = layout_.gold_form == GoldForm::index;
    digits_ = !index && (digits_ || (text[0] >= '0' && text[0] <= '9'));
    for (size_t i = 0; i < row_.prompt.choices.size(); ++i)
      if (text == (index ? std::to_string(i) : label_of(i, digits_)))
        row_.prompt.gold = label_of(i, digits_);
    if (row_.prompt.gold.empty())
      problem(fmt::format("the gold '{}' names none of the {} options", text,
                          row_.prompt.choices.size()));
  }

  std::string content_hash() const {
    std::string all = row_.prompt.text;
    for (const std::string& option : row_.prompt.choices) all += "\n" + option;
    return sha256(all).substr(0, 12);
  }

  void problem(std::string sentence) {
    if (row_.problem.empty()) row_.problem = std::move(sentence);
  }

  const BenchmarkLayout& layout_;
  const json& record_;
  SourceRow row_;
  bool digits_ = false;
};

// What makes two rows the same item.
std::string asked(const Prompt& prompt) {
  std::string all = prompt.text + "\n" + prompt.gold;
  for (const std::string& option : prompt.choices) all += "\n" + option;
  return all;
}

const BenchmarkLayout* layout_for(const BenchmarkSource& source, const json& record) {
  for (const BenchmarkLayout& layout : source.layouts) {
    const bool has_gold = layout.gold.empty() || at_path(record, layout.gold) != nullptr;
    const bool has_options = layout.options.empty() || at_path(record, layout.options) != nullptr;
    const bool named = layout.only_column.empty() || at_path(record, layout.only_column) != nullptr;
    if (text_at(record, layout.question) && has_gold && has_options && named) return &layout;
  }
  return nullptr;
}

bool belongs(const BenchmarkLayout& layout, const json& record) {
  if (layout.only_column.empty()) return true;
  const auto value = text_at(record, layout.only_column);
  return value && std::find(layout.only_values.begin(), layout.only_values.end(), *value) !=
                      layout.only_values.end();
}

std::string no_layout(const BenchmarkSource& source) {
  std::string columns;
  for (const BenchmarkLayout& layout : source.layouts)
    columns +=
        fmt::format("{}{} and {}", columns.empty() ? "" : ", or ", layout.question,
                    !layout.option_columns.empty() ? layout.option_columns.front() : layout.gold);
  return "required the columns " + columns;
}

std::unique_ptr<Records> open(const std::string& file) {
  if (std::filesystem::path(file).extension() == ".csv") return std::make_unique<CsvRecords>(file);
  return open_records(file);
}

}  // namespace

std::optional<SplitQuestion> split_options(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  for (const bool digits : {false, true})
    for (size_t first = lines.size(); first-- > 0;) {
      if (!unlabelled(lines[first], label_of(0, digits))) continue;
      SplitQuestion split{.question = {}, .options = {}, .digits = digits};
      for (size_t i = first; i < lines.size(); ++i) {
        if (auto next = unlabelled(lines[i], label_of(split.options.size(), digits)))
          split.options.push_back(std::move(*next));
        else if (!trimmed(lines[i]).empty())
          split.options.back() += "\n" + lines[i];
      }
      if (split.options.size() < 2) continue;
      for (size_t i = 0; i < first; ++i) split.question += lines[i] + "\n";
      split.question = trimmed(split.question);
      return split;
    }
  return std::nullopt;
}

std::optional<SourceRow> benchmark_row(const BenchmarkSource& source, const std::string& name,
                                       const json& record) {
  const BenchmarkLayout* layout = layout_for(source, record);
  if (layout == nullptr) {
    SourceRow row;
    row.problem = no_layout(source);
    return row;
  }
  if (!belongs(*layout, record)) return std::nullopt;
  return RowBuilder(*layout, record).build(name);
}

json read_benchmark_source(const PrepareConfig& config, const std::string& name,
                           const RowVisitor& visit) {
  if (config.settings.size() == 0)
    throw UserError(
        "benchmark: required the layouts of a benchmark's files, found none; name a suite as the "
        "source instead");
  const auto source = config::parse<BenchmarkSource>(config.settings, "source");
  std::set<std::string> seen;
  std::map<std::string, int> ids;
  int64_t folded = 0, others = 0;
  bool more = true;
  for (const std::string& file : config.from) {
    const auto records = open(file);
    for (json record; more && records->next(record);) {
      auto row = benchmark_row(source, name, record);
      if (!row) {
        ++others;
        continue;
      }
      row->file = std::filesystem::path(file).filename().string();
      row->line = records->number();
      const BenchmarkLayout* layout = layout_for(source, record);
      if (layout != nullptr && layout->fold && !seen.insert(asked(row->prompt)).second) {
        ++folded;
        continue;
      }
      // Two items may ask the same; without ids of their own they are told apart by number.
      if (layout != nullptr && layout->id.empty())
        if (const int n = ++ids[row->prompt.id]; n > 1) row->prompt.id += fmt::format("-{}", n);
      more = visit(std::move(*row));
    }
  }
  return {{"folded", folded}, {"of_other_benchmarks", others}};
}

}  // namespace rlreason::data
