#include "sweeps/pool/coordinator.h"

#include <signal.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/process/self.h"
#include "core/terminal/text.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;

fs::path coordinator_folder(const fs::path& runs_dir, const std::string& key) {
  return runs_dir / ".sweeps" / (key.empty() ? "default" : key);
}

std::optional<Coordinator> coordinator_in(const fs::path& folder) {
  if (!process::is_locked(folder)) return {};
  try {
    const auto holder = nlohmann::json::parse(process::read_file(folder / "lock", 4096));
    return Coordinator{holder.at("pid"), holder.at("since_ms"), holder.at("host")};
  } catch (const std::exception&) {
    return Coordinator{};
  }
}

void ask_to_stop(const Coordinator& coordinator, StopHow how) {
  if (coordinator.pid <= 1 || coordinator.host != process::host_name())
    throw RefusedError(
        "sweep stop: required a coordinator on this host, it is process {} on {}; stop it there",
        coordinator.pid, terminal::clean(coordinator.host));
  // A machine's signal begins at "checkpoint"; a second one is "kill".
  const int times = how == StopHow::kill ? 2 : 1;
  for (int i = 0; i < times; ++i)
    if (::kill(static_cast<pid_t>(coordinator.pid), how == StopHow::drain ? SIGINT : SIGTERM) != 0)
      throw RefusedError(
          "sweep stop: required the right to signal process {}, {} came; stop it as its owner",
          coordinator.pid, std::strerror(errno));
}

}  // namespace rlreason::sweep
