// Runs the built rlreason as a user would, and keeps golden files.  For tests only.
//
// A golden file is compared byte for byte; with RLR_UPDATE_GOLDENS set, it is rewritten instead and
// the change is read in the diff.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/program.h"

namespace rlreason::cli_test {

using testing_support::text_of;

inline std::filesystem::path program() {
  return std::filesystem::path(RLR_BINARY_DIR) / "bin" / "rlreason";
}

struct Result {
  int code = -1;
  std::string out, err;
};

class Program : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "rlreason-cli-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Runs in the test's own empty folder.
  Result run(std::vector<std::string> arguments,
             std::vector<std::pair<std::string, std::string>> environment = {}) {
    const auto finished = testing_support::run_program("rlreason", std::move(arguments), folder_, std::move(environment));
    return {finished.signal == 0 ? finished.code : -finished.signal, finished.out, finished.err};
  }

  std::filesystem::path folder_;
};

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path file =
      std::filesystem::path(RLR_SOURCE_DIR) / "tests" / "cli" / "goldens" / name;
  if (std::getenv("RLR_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, text_of(file))
      << file
      << ": if the change is meant, run the test with RLR_UPDATE_GOLDENS=1 and read the diff";
}

}  // namespace rlreason::cli_test
