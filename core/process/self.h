// Who this process is: its executable, the programs installed beside it, its host.
//
// Errors: UserError when a program that belongs beside this one is missing.
// Thread safety: pure reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace rlreason::process {

std::filesystem::path own_executable();
std::filesystem::path find_sibling(
    std::string_view program);  // beside us, or in bin/ beside us (test programs)
std::string host_name();
int64_t
now_ms();  // wall clock since 1970, for display only: order and durations never come from it

}  // namespace rlreason::process
