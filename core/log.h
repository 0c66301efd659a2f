// Messages for people, on stderr: one line each, "warning: ..." and "error: ..." with their level in front.
//
// Not the run log (core/runlog), and never answers: those go to stdout.  Untrusted text is the caller's to clean.
// A progress line on a terminal (core/terminal/progress.h) registers itself, is wiped before a message and redrawn later.
// Thread safety: every function; a line is written whole.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <string>
#include <utility>

namespace rlreason::log {

enum class Level { info, warn, error, silent };

// Messages below this level are dropped; info by default.  `quiet` keeps warnings and errors only.
void set_level(Level level);
Level level();
inline void set_quiet(bool quiet) { set_level(quiet ? Level::warn : Level::info); }

void write(Level level, const std::string& message);

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

// Where lines go instead of stderr (tests); an empty function restores stderr.
void set_sink(std::function<void(const std::string& line)> sink);
// Called before each line is written; an empty function removes it.  Must not call the functions of this header.
void set_before_line(std::function<void()> wipe);
// Runs `action` while no line can be written.  Must not call the functions of this header.
void exclusively(const std::function<void()>& action);

}  // namespace rlreason::log
