#include "core/log.h"

#include <atomic>
#include <cstdio>
#include <mutex>

namespace rlreason::log {
namespace {

struct State {
  std::atomic<Level> least{Level::info};
  std::mutex mutex;
  std::function<void(const std::string&)> sink;
  std::function<void()> before_line;
};

State& state() {
  static State instance;
  return instance;
}

std::string prefix(Level level) {
  if (level == Level::warn) return "warning: ";
  return level == Level::error ? "error: " : "";
}

}  // namespace

void set_level(Level level) { state().least = level; }
Level level() { return state().least; }

void write(Level level, const std::string& message) {
  State& s = state();
  if (level < s.least) return;
  const std::string line = prefix(level) + message;
  const std::lock_guard lock(s.mutex);
  if (s.before_line) s.before_line();
  if (s.sink) return s.sink(line);
  const std::string whole = line + '\n';
  std::fwrite(whole.data(), 1, whole.size(), stderr);
  std::fflush(stderr);
}

void set_sink(std::function<void(const std::string& line)> sink) {
  const std::lock_guard lock(state().mutex);
  state().sink = std::move(sink);
}

void set_before_line(std::function<void()> wipe) {
  const std::lock_guard lock(state().mutex);
  state().before_line = std::move(wipe);
}

void exclusively(const std::function<void()>& action) {
  const std::lock_guard lock(state().mutex);
  action();
}

}  // namespace rlreason::log
