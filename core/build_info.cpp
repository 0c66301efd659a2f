#include "core/build_info.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "rlr_commit.h"

namespace rlreason {

const BuildInfo& build_info() {
  static const BuildInfo info{RLR_VERSION, RLR_COMMIT, RLR_BUILD_TYPE, RLR_COMPILER, RLR_SOURCE, RLR_LIBTORCH};
  return info;
}

std::string build_line() {
  const BuildInfo& b = build_info();
  return fmt::format("rlreason {} (commit {}, {}, {}, LibTorch {})", b.version, b.commit,
                     b.build_type, b.compiler, b.libtorch);
}

nlohmann::json build_json() {
  const BuildInfo& b = build_info();
  return {{"version", b.version},
          {"commit", b.commit},
          {"build_type", b.build_type},
          {"compiler", b.compiler},
          {"source", b.source},
          {"libtorch", b.libtorch}};
}

}  // namespace rlreason
