#include "core/terminal/progress.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/log.h"
#include "core/terminal/text.h"

namespace rlreason::terminal {
namespace {

constexpr std::string_view kWipe = "\r\x1b[2K";

bool is_terminal(int descriptor) {
  const char* kind = std::getenv("TERM");
  return isatty(descriptor) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

double steady_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void write_stderr(const std::string& bytes) {
  std::fwrite(bytes.data(), 1, bytes.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

bool stderr_is_terminal() { return is_terminal(STDERR_FILENO); }
bool stdout_is_terminal() { return is_terminal(STDOUT_FILENO); }

size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// Everything below `options` is guarded by log::exclusively.
struct Progress::State {
  std::string title;
  ProgressOptions options;
  bool live = false;
  double begin_s = 0, last_s = 0;
  bool printed = false;  // a line has been written, so the interval applies
  bool drawn = false;    // the live line is on the screen
  bool finished = false;

  void wipe() {
    if (drawn) options.write(std::string(kWipe));
    drawn = false;
  }

  std::string line(uint64_t done, const std::string& status, double now) const {
    std::string text = fmt::format("{} {}", title, done);
    if (options.total > 0)
      text += fmt::format("/{}  {}%", options.total,
                          100 * std::min(done, options.total) / options.total);
    if (!status.empty()) text += "  " + clean(status);
    if (options.total > done && done > options.start) {
      const double each_s = (now - begin_s) / static_cast<double>(done - options.start);
      text += fmt::format("  {} left",
                          format_duration(each_s * static_cast<double>(options.total - done)));
    }
    return text;
  }

  void draw(uint64_t done, const std::string& status) {
    const double now = options.now_s();
    if (finished || (printed && now - last_s < (live ? options.live_s : options.plain_s))) return;
    last_s = now;
    printed = true;
    const std::string text = line(done, status, now);
    if (live) {
      options.write(std::string(kWipe) + shorten(text, std::max<size_t>(options.width(), 2) - 1));
      drawn = true;
    } else {
      options.write(text + '\n');
    }
  }
};

Progress::Progress(std::string title, ProgressOptions options) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.title = clean(title);
  s.options = std::move(options);
  if (!s.options.is_terminal) s.options.is_terminal = stderr_is_terminal;
  if (!s.options.width) s.options.width = terminal_width;
  if (!s.options.now_s) s.options.now_s = steady_s;
  if (!s.options.write) s.options.write = write_stderr;
  s.live = s.options.is_terminal();
  s.begin_s = s.options.now_s();
  if (s.live && !s.options.quiet) log::set_before_line([&s] { s.wipe(); });
}

Progress::~Progress() {
  if (!state_->live || state_->options.quiet) return;
  log::set_before_line({});
  log::exclusively([&] { state_->wipe(); });
}

void Progress::update(uint64_t done, const std::string& status) {
  if (state_->options.quiet) return;
  log::exclusively([&] { state_->draw(done, status); });
}

void Progress::finish(const std::string& summary) {
  if (state_->options.quiet) return;
  log::exclusively([&] {
    if (state_->finished) return;
    state_->wipe();
    state_->finished = true;
    if (!summary.empty())
      state_->options.write(fmt::format("{}  {}\n", state_->title, clean(summary)));
  });
}

}  // namespace rlreason::terminal
