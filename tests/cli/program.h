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

#include "core/process/spawn.h"

namespace rlreason::cli_test {

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

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
    const std::string stem = (folder_ / std::to_string(++runs_)).string();
    arguments.insert(arguments.begin(), program().string());
    process::Child child = process::spawn({.argv = std::move(arguments),
                                           .environment = std::move(environment),
                                           .cwd = folder_,
                                           .out = process::Output::to(stem + ".out"),
                                           .err = process::Output::to(stem + ".err")});
    const process::ExitStatus status = child.wait();
    return {status.signal == 0 ? status.code : -status.signal, text_of(stem + ".out"),
            text_of(stem + ".err")};
  }

  std::filesystem::path folder_;
  int runs_ = 0;
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
