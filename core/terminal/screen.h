// A whole terminal taken over for a while: the alternate screen, keys without Enter or echo, lines drawn in place.
//
// Ctrl-C stays a signal (SIGINT); Ctrl-Z and Ctrl-\ do nothing meanwhile, so that the terminal is never left as it is
// here.  The state before (termios, screen, cursor) is put back by the destructor, hence after q and after an exception;
// for code that leaves the process at once there is restore_screen(), which a signal handler may call.
// Not here: what the keys mean, and what the lines say.  Text is cut to the width, not made harmless: see clean() in text.h.
// Errors: DiskError when the terminal refuses its settings.  Thread safety: one Screen at a time, one thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/terminal/keys.h"

namespace rlreason::terminal {

struct ScreenLine {
  std::string text;
  bool reversed = false;  // drawn in reverse video; never the only sign of anything
};

struct ScreenSize {
  size_t columns = 80, lines = 24;
  bool operator==(const ScreenSize&) const = default;
};

// stdin and stdout are the same person's terminal, it is not TERM=dumb, and this process is in its foreground.
bool has_keyboard();

class Screen {
 public:
  Screen();  // REQUIRES: has_keyboard()
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  ScreenSize size() const;
  // The whole screen; lines beyond its height are not drawn.
  void draw(const std::vector<ScreenLine>& lines);
  // The keys that come within `wait`; returns at the first, or at a signal.
  std::vector<Key> keys(std::chrono::milliseconds wait);
  bool is_closed() const { return closed_; }  // the terminal has gone

 private:
  KeyReader reader_;
  bool closed_ = false;
};

// Puts the terminal back if a Screen has it; safe in a signal handler.
void restore_screen() noexcept;

}  // namespace rlreason::terminal
