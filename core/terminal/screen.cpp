#include "core/terminal/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "core/error.h"
#include "core/terminal/progress.h"
#include "core/terminal/text.h"

namespace rlreason::terminal {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // alternate screen, no cursor
constexpr std::string_view kLeave = "\x1b[0m\x1b[?25h\x1b[?1049l";
// A terminal sends the bytes of one key together; what comes later is another key.
constexpr std::chrono::milliseconds kOfOneKey{40};

termios g_before;  // valid while g_taken
std::atomic<bool> g_taken{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// All of it, unless the terminal has gone; also called from a signal handler.
void send(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t sent = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (sent < 0 && errno != EINTR) return;
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

termios raw_from(termios state) {
  state.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  state.c_cc[VMIN] = 1;
  state.c_cc[VTIME] = 0;
  state.c_cc[VSUSP] = state.c_cc[VQUIT] = _POSIX_VDISABLE;
  return state;
}

bool is_readable(std::chrono::milliseconds wait) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, static_cast<int>(wait.count())) > 0;
}

}  // namespace

bool has_keyboard() {
  return stdout_is_terminal() && ::isatty(STDIN_FILENO) == 1 &&
         ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

Screen::Screen() {
  RLR_ENSURE(!g_taken, "two screens on one terminal");
  const bool known = ::tcgetattr(STDIN_FILENO, &g_before) == 0;
  const termios raw = raw_from(g_before);
  g_taken = known;  // before it changes: a signal may come in between
  if (!known || ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0) {
    g_taken = false;
    throw DiskError("terminal: required one whose settings can be changed, found {}; use --once",
                    std::strerror(errno));
  }
  send(kEnter);
}

Screen::~Screen() { restore_screen(); }

void restore_screen() noexcept {
  if (!g_taken.exchange(false)) return;
  send(kLeave);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &g_before);
}

ScreenSize Screen::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0)
    return {size.ws_col, size.ws_row};
  return {};
}

void Screen::draw(const std::vector<ScreenLine>& lines) {
  const ScreenSize now = size();
  std::string frame = "\x1b[H";
  for (size_t i = 0; i < std::min(lines.size(), now.lines); ++i) {
    if (i > 0) frame += "\r\n";
    const std::string text = shorten(lines[i].text, now.columns);
    frame += lines[i].reversed ? "\x1b[7m" + text + "\x1b[0m" : text;
    frame += "\x1b[K";
  }
  send(frame + "\x1b[J");
}

std::vector<Key> Screen::keys(std::chrono::milliseconds wait) {
  if (!is_readable(wait)) return {};
  std::vector<Key> keys;
  do {
    char bytes[256];
    const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (count == 0 || (count < 0 && errno != EINTR)) {
      closed_ = true;
      break;
    }
    if (count < 0) break;
    for (const Key& key : reader_.feed({bytes, static_cast<size_t>(count)})) keys.push_back(key);
  } while (is_readable(kOfOneKey));
  for (const Key& key : reader_.pause()) keys.push_back(key);
  return keys;
}

}  // namespace rlreason::terminal
