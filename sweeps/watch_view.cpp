#include "sweeps/watch_view.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/terminal/chart.h"
#include "core/terminal/text.h"

namespace rlreason::sweep {
namespace {

using terminal::KeyKind;
using terminal::ScreenLine;
constexpr size_t kScroll = 10;  // lines of a page key
constexpr size_t kFoot = 2;     // lines kept for the message and the keys
constexpr size_t kChartLines = 16;

bool is_there(const WatchLook& look, size_t row, size_t seed) {
  return row < look.status.size() && seed < look.status[row].size() &&
         !look.status[row][seed].empty();
}

// Columns of the table from which on the chosen one still fits.
size_t first_column(const std::vector<size_t>& widths, size_t chosen, size_t room) {
  size_t first = chosen, used = widths[chosen];
  while (first > 0 && used + widths[first - 1] <= room) used += widths[--first];
  return first;
}

struct TableShape {
  size_t label = 0;
  std::vector<size_t> widths;  // of the seeds' columns with the space between
};

TableShape shape_of(const WatchLook& look, size_t columns) {
  TableShape shape;
  for (const std::string& row : look.rows)
    shape.label = std::max(shape.label, terminal::display_width(terminal::clean(row)));
  shape.label = std::min(shape.label, std::max<size_t>(8, columns / 2));
  for (size_t seed = 0; seed < look.seeds.size(); ++seed) {
    size_t widest = fmt::format("seed {}", look.seeds[seed]).size();
    for (const auto& status : look.status)
      if (seed < status.size())
        widest = std::max(widest, terminal::display_width(terminal::clean(status[seed])));
    shape.widths.push_back(widest + 3);
  }
  return shape;
}

// The titles, then a window of the rows around the chosen one.
std::vector<ScreenLine> table_lines(const WatchLook& look, size_t row, size_t seed, size_t columns,
                                    size_t lines) {
  const TableShape shape = shape_of(look, columns);
  if (shape.widths.empty() || look.rows.empty()) return {{"no trainings in this plan"}};
  const size_t first =
      first_column(shape.widths, seed, columns > shape.label ? columns - shape.label : 0);
  const auto line_of = [&](const std::string& label, auto&& cell) {
    std::string text =
        terminal::pad_right(terminal::shorten(terminal::clean(label), shape.label), shape.label);
    for (size_t i = first; i < shape.widths.size(); ++i)
      text += terminal::pad_right(cell(i), shape.widths[i]);
    return text;
  };
  std::vector<ScreenLine> drawn{{line_of(look.name, [&](size_t i) {
    return fmt::format("  {}seed {}", i == first && first > 0 ? "<" : "", look.seeds[i]);
  })}};
  const size_t shown =
      std::max<size_t>(1, std::min(look.rows.size(), lines - std::min<size_t>(lines, 1)));
  const size_t begin = std::min(row - std::min(row, shown / 2), look.rows.size() - shown);
  for (size_t r = begin; r < begin + shown; ++r)
    drawn.push_back({line_of(look.rows[r],
                             [&](size_t i) {
                               return (r == row && i == seed ? "> " : "  ") +
                                      terminal::clean(look.status[r][i]);
                             }),
                     r == row});
  return drawn;
}

// `lines` of the text: the last ones less `back` where it is read from its end, else the first ones after `back`.
std::vector<ScreenLine> window(const std::vector<std::string>& text, size_t lines, size_t back,
                               bool from_end) {
  const size_t spare = text.size() > lines ? text.size() - lines : 0;
  const size_t moved = std::min(back, spare), begin = from_end ? spare - moved : moved;
  std::vector<ScreenLine> drawn;
  for (size_t i = begin; i < std::min(text.size(), begin + lines); ++i)
    drawn.push_back({terminal::clean(text[i])});
  return drawn;
}

// Sentences folded at `columns`, a continued line indented.
std::vector<std::string> folded(const std::vector<std::string>& lines, size_t columns) {
  std::vector<std::string> result;
  for (const std::string& line : lines) {
    std::string row;
    for (size_t begin = 0; begin <= line.size();) {
      const size_t end = std::min(line.find(' ', begin), line.size());
      const std::string word = line.substr(begin, end - begin);
      if (!row.empty() &&
          terminal::display_width(row) + 1 + terminal::display_width(word) > columns) {
        result.push_back(row);
        row = "    " + word;
      } else {
        row += (begin == 0 ? "" : " ") + word;
      }
      begin = end + 1;
    }
    result.push_back(row);
  }
  return result;
}

}  // namespace

std::string WatchView::metric(const std::vector<std::string>& metrics) const {
  if (std::find(metrics.begin(), metrics.end(), metric_) != metrics.end()) return metric_;
  return metrics.empty() ? "" : metrics.front();
}

void WatchView::next_metric(int step, const std::vector<std::string>& metrics) {
  if (metrics.empty()) return;
  const auto now = std::find(metrics.begin(), metrics.end(), metric(metrics));
  const auto count = static_cast<std::ptrdiff_t>(metrics.size());
  metric_ = metrics[static_cast<size_t>((now - metrics.begin() + step + count) % count)];
}

void WatchView::settle(const WatchLook& look) {
  row_ = std::min(row_, look.rows.empty() ? 0 : look.rows.size() - 1);
  seed_ = std::min(seed_, look.seeds.empty() ? 0 : look.seeds.size() - 1);
  if (is_there(look, row_, seed_)) return;
  for (size_t seed = 0; seed < look.seeds.size(); ++seed)
    if (is_there(look, row_, seed)) {
      seed_ = seed;
      return;
    }
}

void WatchView::move(int rows, int seeds, const WatchLook& look) {
  const auto row = static_cast<std::ptrdiff_t>(row_) + rows,
             seed = static_cast<std::ptrdiff_t>(seed_) + seeds;
  if (row < 0 || seed < 0 || !is_there(look, static_cast<size_t>(row), static_cast<size_t>(seed)))
    return;
  row_ = static_cast<size_t>(row);
  seed_ = static_cast<size_t>(seed);
  back_ = 0;
}

void WatchView::open(WatchPage page) {
  page_ = page;
  back_ = 0;
  of_evaluation_ = false;
}

WatchAction WatchView::press(const terminal::Key& key, const WatchLook& look,
                             const WatchDetail& detail) {
  message_.clear();
  const char typed = key.kind == KeyKind::character ? key.character : '\0';
  if (asking_) {
    asking_ = false;
    if (typed == 'y' || typed == 'Y') return WatchAction::ask_to_stop;
    message_ = "nothing was asked";
    return WatchAction::none;
  }
  if (key.kind == KeyKind::up || typed == 'k') move(-1, 0, look);
  if (key.kind == KeyKind::down || typed == 'j') move(1, 0, look);
  if (key.kind == KeyKind::left) move(0, -1, look);
  if (key.kind == KeyKind::right || typed == '\t') move(0, 1, look);
  // Up is back in a log, which is read from its end, and towards the beginning elsewhere.
  const bool further = (key.kind == KeyKind::page_up) == (page_ == WatchPage::log);
  if (key.kind == KeyKind::page_up || key.kind == KeyKind::page_down)
    back_ = further ? back_ + kScroll : back_ - std::min(back_, kScroll);
  back_ = std::min(back_, std::max(detail.lines.size(), look.notes.size()));
  if (key.kind == KeyKind::escape) open(WatchPage::table);
  if (typed == 'q') return WatchAction::leave;
  if (typed == 's') asking_ = true;
  if (typed == 'w') open(WatchPage::why);
  if (typed == 'p' || typed == 'P') {
    if (page_ == WatchPage::curve) next_metric(typed == 'p' ? 1 : -1, detail.metrics);
    open(WatchPage::curve);
  }
  if (typed == 'l') {
    const bool other = page_ == WatchPage::log && !of_evaluation_;
    open(WatchPage::log);
    of_evaluation_ = other;
  }
  return WatchAction::none;
}

std::string WatchView::foot() const {
  if (asking_) return "y  ask it      any other key  leave it alone";
  switch (page_) {
    case WatchPage::table:
      return "arrows jk  choose   l log   p curves   w why   s stop   q leave";
    case WatchPage::log:
      return "jk choose  PgUp/Dn scroll  l other log  p curves  w why  Esc table  q leave";
    case WatchPage::curve:
      return "jk choose  p P metric  l log  w why  Esc table  q leave";
    case WatchPage::why:
      return "jk choose  PgUp/Dn scroll  l log  p curves  Esc table  q leave";
  }
  return "";
}

std::vector<ScreenLine> WatchView::frame(const WatchLook& look, const WatchDetail& detail,
                                         terminal::ScreenSize size) const {
  const size_t room = size.lines > kFoot ? size.lines - kFoot : 1;
  std::vector<ScreenLine> drawn;
  if (page_ == WatchPage::table) {
    // The notes keep a third of the screen where the rows are many.
    const size_t notes = std::min(look.notes.size() + 1, std::max<size_t>(room / 3, 2));
    drawn = table_lines(look, row_, seed_, size.columns, room > notes ? room - notes : 1);
    drawn.push_back({});
    const size_t left = room > drawn.size() ? room - drawn.size() : 0;
    for (ScreenLine& line : window(look.notes, left, back_, false))
      drawn.push_back(std::move(line));
  } else {
    drawn.push_back({terminal::clean(detail.title), true});
    const size_t lines = room > 1 ? room - 1 : 0;
    if (page_ == WatchPage::curve) {
      for (std::string& line : terminal::chart(
               detail.curve, size.columns, std::min(kChartLines, std::max<size_t>(lines, 2) - 1)))
        drawn.push_back({std::move(line)});
    } else {
      const bool log = page_ == WatchPage::log;
      for (ScreenLine& line :
           window(log ? detail.lines : folded(detail.lines, size.columns), lines, back_, log))
        drawn.push_back(std::move(line));
    }
  }
  drawn.resize(room);
  drawn.push_back({asking_ ? "Ask the process that runs this plan to start nothing more? (y/n)"
                           : terminal::clean(message_)});
  drawn.push_back({foot()});
  drawn.resize(std::max<size_t>(size.lines, 1));
  return drawn;
}

}  // namespace rlreason::sweep
