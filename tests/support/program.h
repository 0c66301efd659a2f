// Runs the built programs as a user does: arguments in, exit code and output out; no shell.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "core/process/spawn.h"
#include "tests/support/scratch.h"

namespace rlreason::testing_support {

inline std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Finished {
  int code = 0, signal = 0;
  std::string out, err;
};

inline process::SpawnOptions program_options(const std::string& program,
                                             std::vector<std::string> arguments,
                                             const fs::path& cwd) {
  process::SpawnOptions options;
  options.argv = {std::string(RLR_BINARY_DIR) + "/bin/" + program};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.cwd = cwd;
  options.out = process::Output::to(cwd / "stdout.txt");
  options.err = process::Output::to(cwd / "stderr.txt");
  return options;
}

inline Finished run_program(const std::string& program, std::vector<std::string> arguments,
                            const fs::path& cwd,
                            std::vector<std::pair<std::string, std::string>> environment = {}) {
  fs::remove(cwd / "stdout.txt");
  fs::remove(cwd / "stderr.txt");
  process::SpawnOptions options = program_options(program, std::move(arguments), cwd);
  options.environment = std::move(environment);
  process::Child child = process::spawn(options);
  const process::ExitStatus status = child.wait();
  return {status.code, status.signal, text_of(cwd / "stdout.txt"), text_of(cwd / "stderr.txt")};
}

inline Finished rlreason(std::vector<std::string> arguments, const fs::path& cwd) {
  return run_program("rlreason", std::move(arguments), cwd);
}

}  // namespace rlreason::testing_support
