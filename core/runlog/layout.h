// Where a run log lies: D/log/<attempt>/00000000.rls ... and, last, the fragment being written,
// *.rls.open.
//
// Names only; writer.h and reader.h do the rest.  A foreign name in these directories is ignored.
// Errors: DataError when an existing directory cannot be listed.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rlreason::runlog {

struct FragmentName {
  uint64_t number = 0;
  bool open = false;
};

std::filesystem::path log_directory(const std::filesystem::path& run_dir);
std::string fragment_name(uint64_t number, bool open);
std::optional<FragmentName> parse_fragment_name(std::string_view name);
uint64_t attempt_number(std::string_view uid);  // the digits in front; 0 when there are none

// Number -> is it open?  A name that is there closed and open counts as closed.
std::map<uint64_t, bool> list_fragments(const std::filesystem::path& attempt_directory);

}  // namespace rlreason::runlog
