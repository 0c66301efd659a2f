// What this machine offers: processor, cores, memory, file systems, an NVIDIA driver.
//
// Read from the kernel's own files.  Not a benchmark and not a promise: numbers hold at the moment of
// asking.  A fact that cannot be read is empty or 0.
// Source: proc(5), cgroups(7), statfs(2).
// Errors: none; a report about a machine must not fail on an odd machine.
// Thread safety: pure reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rlreason {

struct Machine {
  std::string processor;
  std::vector<std::string> instruction_sets;  // those that kernels here care about, weakest first
  int cores = 0;                              // that this process may use (affinity)
  double core_quota = 0;                      // of the control group, 0 without one
  int64_t memory_bytes = 0;
  int64_t memory_available_bytes = 0;
  int64_t memory_limit_bytes = 0;  // of the control group, 0 without one
  std::string nvidia_driver;       // version, "" without a driver
  int nvidia_devices = 0;
};

struct FileSystem {
  std::filesystem::path directory;  // the nearest one that exists
  std::string type;                 // "ext4", "nfs", …; the magic number in hex when unknown
  int64_t free_bytes = 0;           // for an ordinary user
  bool writable = false;
  bool shared = false;  // over a network: SQLite's and kernel locks may not hold there
};

Machine machine();
FileSystem file_system(const std::filesystem::path& path);

}  // namespace rlreason
