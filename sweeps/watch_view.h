// What `sweep watch` shows on a terminal with a keyboard: which training is chosen, which page, and the lines of the screen.
//
// Pure: keys and what was found in, an action and lines out.  Not here: reading keys (core/terminal/screen.h), looking at
// runs and stopping a coordinator (cli/commands/sweep_watch.cpp).
// All text is made harmless here.  Thread safety: one user.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/terminal/screen.h"

namespace rlreason::sweep {

// One look at a plan.
struct WatchLook {
  std::string name;
  std::vector<std::string> rows;
  std::vector<uint64_t> seeds;
  std::vector<std::vector<std::string>> status;  // [row][seed]; "" where the plan has no such cell
  std::vector<std::string> notes;                // below the table: curves, health, what is done, who runs it
};

// Of the chosen training, for the page that is shown.
struct WatchDetail {
  std::string title;                 // "engine.log of runs/..."
  std::vector<std::string> lines;    // of the log or of the reasons
  std::vector<std::string> metrics;  // that it has curves of; the first is shown first
  std::vector<std::pair<double, double>> curve;  // of the metric of the view
};

enum class WatchPage { table, log, curve, why };
enum class WatchAction { none, leave, ask_to_stop };  // ask_to_stop: the question was answered with y

class WatchView {
 public:
  // `detail` is that of the page and training of now.
  WatchAction press(const terminal::Key& key, const WatchLook& look, const WatchDetail& detail);
  // Keeps the choice inside a plan's rows and seeds, and off cells that are not there.
  void settle(const WatchLook& look);
  void say(std::string message) { message_ = std::move(message); }  // until the next key

  WatchPage page() const { return page_; }
  size_t row() const { return row_; }
  size_t seed() const { return seed_; }  // its number in look.seeds
  bool of_evaluation() const { return of_evaluation_; }  // the log page shows the evaluation's log
  // The metric to draw: the one that was chosen where the training has it, else its first; "" without any.
  std::string metric(const std::vector<std::string>& metrics) const;

  // Exactly size.lines lines: the page, then a message or a question, and the keys there are at the foot.
  std::vector<terminal::ScreenLine> frame(const WatchLook& look, const WatchDetail& detail,
                                          terminal::ScreenSize size) const;

 private:
  void move(int rows, int seeds, const WatchLook& look);
  void open(WatchPage page);
  void next_metric(int step, const std::vector<std::string>& metrics);
  std::string foot() const;

  WatchPage page_ = WatchPage::table;
  size_t row_ = 0, seed_ = 0;
  bool of_evaluation_ = false, asking_ = false;
  size_t back_ = 0;  // lines scrolled away from where a page begins: a log's end, any other page's beginning
  std::string metric_, message_;
};

}  // namespace rlreason::sweep
