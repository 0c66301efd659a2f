// A table as aligned text or as Markdown.  Cells are text already formatted; not a place for arithmetic.
//
// Cells are made harmless (clean) on output, so model text may go in as it is.
//   Table table({{"method"}, {"hard", Align::right}});
//   table.add({"luffy", "0.71"});
//   fmt::print("{}", table.text());
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace rlreason::terminal {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  size_t widest = 0;  // longer cells are shortened in text(); 0 does not limit
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  Table& add(std::vector<std::string> cells);  // missing cells are empty; REQUIRES: no more than columns
  Table& rule();                               // a horizontal line before the next row, in text() only
  size_t rows() const { return rows_.size(); }

  std::string text() const;      // two spaces between columns, a line under the titles, no trailing spaces
  std::string markdown() const;  // "|" inside cells escaped

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> rules_;  // row numbers that a line goes before
};

}  // namespace rlreason::terminal
