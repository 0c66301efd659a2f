// Programs that spawn() tests start: this test program itself, told by RLR_TEST_ROLE what to do instead of testing.
// Not for other parts: a role runs before main(), so it must not use gtest.
#pragma once

#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "core/process/self.h"
#include "core/process/spawn.h"

namespace rlreason::test {

// Runs `work` and ends with what it returns when this process was started for `role`.
struct Role {
  Role(const std::string& role, const std::function<int()>& work) {
    const char* wanted = std::getenv("RLR_TEST_ROLE");
    if (wanted != nullptr && role == wanted) std::_Exit(work());
  }
};

inline process::SpawnOptions start_role(const std::string& role) {
  return {.argv = {process::own_executable().string()}, .environment = {{"RLR_TEST_ROLE", role}}};
}

}  // namespace rlreason::test
