// What this build is: version, commit, compiler, LibTorch.  Written at build time; a new commit
// recompiles one file.
//
// Not a check of the machine (that is `rlreason doctor`).  Thread safety: constants.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace rlreason {

struct BuildInfo {
  std::string version;     // 0.1.0
  std::string commit;      // abbreviated, "-dirty" with local changes, "unknown" outside git
  std::string build_type;  // Release, RelWithDebInfo, ...
  std::string compiler;    // name and version
  std::string source;      // digest of the sources that results depend on, 16 hex digits
  std::string libtorch;    // version the engine was built against, "none" without the engine
};

const BuildInfo& build_info();

// One line: "rlreason 0.1.0 (commit abc1234, Release, GNU 12.2.0, LibTorch 2.11.0)".
std::string build_line();

// {"version":…, "commit":…, "build_type":…, "compiler":…, "source":…, "libtorch":…}
nlohmann::json build_json();

}  // namespace rlreason
