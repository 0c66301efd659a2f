// How far a long job is, on stderr: a live line on a terminal, plain lines elsewhere.
//
// On a terminal one line is rewritten at most ten times a second and wiped before log messages; elsewhere (a file, a pipe,
// TERM=dumb) a line is printed at most every ten seconds, and always at the end.
//   Progress progress("train", {.total = 200});
//   progress.update(17, "reward 0.31  1.2k tok/s");
//   progress.finish("200 iterations in 3m05s");
// Thread safety: one user; log messages may come from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace rlreason::terminal {

bool stderr_is_terminal();  // and not TERM=dumb
bool stdout_is_terminal();
size_t terminal_width();  // of stderr; 80 when unknown

struct ProgressOptions {
  uint64_t total = 0;      // 0: unknown, no percentage and no time left
  uint64_t start = 0;      // where a resumed job begins: it does not count for the speed
  double live_s = 0.1;     // least time between rewrites on a terminal
  double plain_s = 10.0;   // least time between plain lines
  bool quiet = false;      // nothing at all
  // Replaced in tests: whether the output is a terminal, its width, seconds now, where bytes go.
  std::function<bool()> is_terminal;
  std::function<size_t()> width;
  std::function<double()> now_s;
  std::function<void(const std::string&)> write;
};

class Progress {
 public:
  explicit Progress(std::string title, ProgressOptions options = {});
  ~Progress();  // wipes the live line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // "train 17/200  8%  reward 0.31  1.2k tok/s  2m40s left".  `status` is made harmless.
  void update(uint64_t done, const std::string& status = "");
  void finish(const std::string& summary = "");  // replaces the line by "train  summary"; nothing more is drawn

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rlreason::terminal
