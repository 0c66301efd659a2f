#include "core/process/self.h"

#include <unistd.h>

#include <array>
#include <chrono>

#include "core/error.h"

namespace rlreason::process {
namespace fs = std::filesystem;

fs::path own_executable() { return fs::read_symlink("/proc/self/exe"); }

fs::path find_sibling(std::string_view program) {
  const fs::path folder = own_executable().parent_path();
  for (const fs::path& candidate : {folder / program, folder / "bin" / program})
    if (::access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate)) return candidate;
  throw UserError("{}: required the program {} beside rlreason, found none; build or install it",
                  folder.string(), program);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

int64_t now_ms() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

}  // namespace rlreason::process
