// A folder of a test's own, removed at its end.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/process/io.h"

namespace rlreason::testing_support {

namespace fs = std::filesystem;

// In memory where possible: the fault tests sync thousands of times.
inline fs::path scratch_root() {
  return ::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path();
}

class Scratch {
 public:
  Scratch() : path_(scratch_root() / ("rlr_test_" + process::nonce())) {
    fs::create_directory(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

}  // namespace rlreason::testing_support
