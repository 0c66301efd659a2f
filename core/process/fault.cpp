#include "core/process/fault.h"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <string>

#include "core/error.h"

namespace rlreason::process {
namespace {

std::atomic<int64_t> g_calls{0};
std::mutex g_mutex;
FaultPlan g_plan;
bool g_plan_known = false;
std::atomic<IoObserver*> g_observer{nullptr};

int64_t parse_number(std::string_view variable, std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1)
    throw UserError("{}: required a call number >= 1, found '{}'; unset it outside tests", variable,
                    text);
  return value;
}

void parse_failure(std::string_view text, FaultPlan& plan) {
  const auto first = text.find(':');
  plan.fail_at = parse_number("RLREASON_FAIL_AT", text.substr(0, first));
  std::string_view kind = first == text.npos ? "" : text.substr(first + 1);
  if (kind.ends_with(":once")) {
    plan.once = true;
    kind.remove_suffix(5);
  }
  struct Named {
    std::string_view name;
    int error;
  };
  constexpr Named kErrors[] = {
      {"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EDQUOT", EDQUOT}, {"EFBIG", EFBIG}, {"EINTR", EINTR}};
  plan.short_write = kind == "SHORT";
  for (const auto& known : kErrors)
    if (kind == known.name) plan.error = known.error;
  if (!plan.short_write && plan.error == 0)
    throw UserError(
        "RLREASON_FAIL_AT: required n:KIND[:once] with KIND one of ENOSPC, EIO, EDQUOT, EFBIG, "
        "EINTR, SHORT, found '{}'; unset it outside tests",
        text);
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

FaultPlan current_plan() {
  const std::lock_guard lock(g_mutex);
  if (!g_plan_known) {
    g_plan = parse_fault_plan(environment("RLREASON_KILL_AT"), environment("RLREASON_FAIL_AT"));
    g_plan_known = true;
  }
  return g_plan;
}

}  // namespace

FaultPlan parse_fault_plan(std::string_view kill_at, std::string_view fail_at) {
  FaultPlan plan;
  if (!kill_at.empty()) plan.kill_at = parse_number("RLREASON_KILL_AT", kill_at);
  if (!fail_at.empty()) parse_failure(fail_at, plan);
  return plan;
}

void set_faults(const FaultPlan& plan) {
  const std::lock_guard lock(g_mutex);
  g_plan = plan;
  g_plan_known = true;
  g_calls = 0;
}

int64_t io_calls() { return g_calls; }

void observe_io(IoObserver* observer) { g_observer = observer; }
IoObserver* io_observer() { return g_observer; }

Fault next_io_call() {
  const FaultPlan plan = current_plan();
  const int64_t call = ++g_calls;
  if (plan.kill_at != 0 && call == plan.kill_at) {
    if (IoObserver* observer = io_observer()) observer->dying();
    ::kill(::getpid(), SIGKILL);
  }
  const bool fails = plan.fail_at != 0 && (plan.once ? call == plan.fail_at : call >= plan.fail_at);
  if (!fails) return {};
  return {.error = plan.error, .short_write = plan.short_write};
}

}  // namespace rlreason::process
