#include "core/process/signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "core/error.h"

namespace rlreason::process {
namespace {

std::atomic<int> g_signal{0};
std::atomic<bool> g_requested{false};
std::atomic<int> g_level{0};
std::atomic<void (*)()> g_before_exit{nullptr};
static_assert(std::atomic<int>::is_always_lock_free);

void on_stop(int number) {
  int none = 0;
  if (g_signal.compare_exchange_strong(none, number)) return;
  if (void (*act)() = g_before_exit) act();
  ::_exit(static_cast<int>(ExitCode::preempted));
}

void on_level(int number) {
  int none = 0;
  g_signal.compare_exchange_strong(none, number);
  const int level = g_level + 1;
  g_level = number == SIGINT || level >= 2 ? level : 2;
}

void install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGTERM, SIGINT, SIGUSR1})
    RLR_ENSURE(::sigaction(number, &action, nullptr) == 0, "signal {}", number);
  RLR_ENSURE(::signal(SIGXFSZ, SIG_IGN) != SIG_ERR, "SIGXFSZ");
}

}  // namespace

void install_stop_signals() { install(on_stop); }
void install_stop_levels() { install(on_level); }
void before_exit_at_once(void (*act)()) { g_before_exit = act; }

int stop_level() {
  const int level = g_level;
  return level == 0 && stop_requested() ? 2 : level;
}

bool stop_requested() { return g_signal != 0 || g_requested; }
int stop_signal() { return g_signal; }
void request_stop() { g_requested = true; }
void reset_stop() {
  g_signal = 0;
  g_level = 0;
  g_requested = false;
}

}  // namespace rlreason::process
