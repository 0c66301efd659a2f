#include "core/terminal/table.h"

#include <algorithm>

#include "core/error.h"
#include "core/terminal/text.h"

namespace rlreason::terminal {
namespace {

constexpr std::string_view kGap = "  ";

std::string joined(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                   const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += kGap;
    line += columns[i].align == Align::left ? pad_right(cells[i], widths[i])
                                            : pad_left(cells[i], widths[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string markdown_line(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& raw : cells) {
    line += ' ';
    for (const char c : clean(raw)) {
      if (c == '|') line += '\\';
      line += c;
    }
    line += " |";
  }
  return line + '\n';
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

Table& Table::add(std::vector<std::string> cells) {
  RLR_ENSURE(cells.size() <= columns_.size(), "{} cells for {} columns", cells.size(),
             columns_.size());
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
  return *this;
}

Table& Table::rule() {
  rules_.push_back(rows_.size());
  return *this;
}

std::string Table::text() const {
  std::vector<std::string> titles;
  std::vector<size_t> widths;
  for (const Column& column : columns_) {
    titles.push_back(clean(column.title));
    widths.push_back(display_width(titles.back()));
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& raw : rows_) {
    std::vector<std::string>& cells = rows.emplace_back();
    for (size_t i = 0; i < raw.size(); ++i) {
      const std::string cell = clean(raw[i]);
      cells.push_back(columns_[i].widest > 0 ? shorten(cell, columns_[i].widest) : cell);
      widths[i] = std::max(widths[i], display_width(cells.back()));
    }
  }
  std::vector<std::string> dashes;
  for (const size_t width : widths) dashes.push_back(std::string(width, '-'));

  std::string text = joined(titles, columns_, widths) + joined(dashes, columns_, widths);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (std::find(rules_.begin(), rules_.end(), i) != rules_.end())
      text += joined(dashes, columns_, widths);
    text += joined(rows[i], columns_, widths);
  }
  return text;
}

std::string Table::markdown() const {
  std::vector<std::string> titles;
  std::string aligns = "|";
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    aligns += column.align == Align::left ? "---|" : "---:|";
  }
  std::string text = markdown_line(titles) + aligns + '\n';
  for (const auto& row : rows_) text += markdown_line(row);
  return text;
}

}  // namespace rlreason::terminal
