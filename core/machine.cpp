#include "core/machine.h"

#include <fmt/core.h>
#include <sched.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

namespace rlreason {
namespace {

constexpr std::array kInstructionSets = {"sse4_2",      "avx2",        "fma",
                                         "avx512f",     "avx512_vnni", "avx512_bf16",
                                         "avx512_fp16", "amx_tile",    "amx_bf16"};

struct Magic {
  uint32_t number;
  std::string_view name;
  bool shared;
};
constexpr std::array kMagics = {
    Magic{0x0000EF53, "ext4", false},    Magic{0x58465342, "xfs", false},
    Magic{0x9123683E, "btrfs", false},   Magic{0x01021994, "tmpfs", false},
    Magic{0x794C7630, "overlay", false}, Magic{0x2FC12FC1, "zfs", false},
    Magic{0xF2F52010, "f2fs", false},    Magic{0x00006969, "nfs", true},
    Magic{0xFF534D42, "cifs", true},     Magic{0xFE534D42, "smb2", true},
    Magic{0x0BD00BD0, "lustre", true},   Magic{0x47504653, "gpfs", true},
    Magic{0x00C36400, "ceph", true},     Magic{0x19830326, "beegfs", true},
    Magic{0x01021997, "9p", true},       Magic{0x65735546, "fuse", true},
};

std::string first_line(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

std::string trimmed(std::string text) {
  const size_t first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first);
}

// "key   : value" of a kernel file, the first one.
std::string value_of(const char* file, std::string_view key) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with(key))
      if (const size_t colon = line.find(':'); colon != std::string::npos)
        return trimmed(line.substr(colon + 1));
  return "";
}

int64_t integer_of(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

// The folder of this process in the unified hierarchy; the root where there is none.
std::filesystem::path control_group() {
  std::ifstream stream("/proc/self/cgroup");
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with("0::/")) return std::filesystem::path("/sys/fs/cgroup") / line.substr(4);
  return "/sys/fs/cgroup";
}

double core_quota() {
  std::istringstream fields(first_line(control_group() / "cpu.max"));
  double quota = 0, period = 0;
  return fields >> quota >> period && period > 0 ? quota / period
                                                 : 0;  // "max 100000" does not read as a number
}

std::vector<std::string> instruction_sets() {
  std::istringstream flags(value_of("/proc/cpuinfo", "flags"));
  std::vector<std::string> present;
  for (std::string flag; flags >> flag;) present.push_back(flag);
  std::vector<std::string> result;
  for (const char* name : kInstructionSets)
    if (std::find(present.begin(), present.end(), name) != present.end()) result.emplace_back(name);
  return result;
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.00.1  Tue ..." -> "570.00.1"
std::string nvidia_driver() {
  std::istringstream words(first_line("/proc/driver/nvidia/version"));
  for (std::string word; words >> word;)
    if (word.find('.') != std::string::npos &&
        word.find_first_not_of("0123456789.") == std::string::npos)
      return word;
  return "";
}

int nvidia_devices() {
  int count = 0;
  for (int i = 0; i < 64; ++i)
    count += access(fmt::format("/dev/nvidia{}", i).c_str(), F_OK) == 0 ? 1 : 0;
  return count;
}

}  // namespace

Machine machine() {
  Machine m;
  m.processor = value_of("/proc/cpuinfo", "model name");
  m.instruction_sets = instruction_sets();
  m.cores = usable_cores();
  m.core_quota = core_quota();
  m.memory_bytes = integer_of(value_of("/proc/meminfo", "MemTotal")) * 1024;
  m.memory_available_bytes = integer_of(value_of("/proc/meminfo", "MemAvailable")) * 1024;
  m.memory_limit_bytes =
      integer_of(first_line(control_group() / "memory.max"));  // "max" reads as 0
  m.nvidia_driver = nvidia_driver();
  m.nvidia_devices = nvidia_devices();
  return m;
}

FileSystem file_system(const std::filesystem::path& path) {
  FileSystem result;
  std::error_code ignored;
  std::filesystem::path directory = std::filesystem::absolute(path, ignored);
  while (!std::filesystem::is_directory(directory, ignored) && directory != directory.parent_path())
    directory = directory.parent_path();
  result.directory = directory;
  struct statfs facts {};
  if (statfs(directory.c_str(), &facts) != 0) return result;
  const auto number = static_cast<uint32_t>(facts.f_type);
  const auto* known = std::find_if(kMagics.begin(), kMagics.end(),
                                   [&](const Magic& m) { return m.number == number; });
  result.type = known == kMagics.end() ? fmt::format("{:#x}", number) : std::string(known->name);
  result.shared = known != kMagics.end() && known->shared;
  result.free_bytes = static_cast<int64_t>(facts.f_bavail) * static_cast<int64_t>(facts.f_bsize);
  result.writable = access(directory.c_str(), W_OK) == 0;
  return result;
}

}  // namespace rlreason
