// A small training that is interrupted again and again, and what must be the same as in one that never was.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/random.h"
#include "tests/support/program.h"

namespace rlreason::testing_support {

// The run `base` in `folder`: a few iterations of a decoder that fits into a test.
inline void make_small_base(const fs::path& folder) {
  const Finished base = rlreason({"train", "pretrain", "--until", "20iterations", "--run-dir", "base", "--quiet",
                                  "--set", "model.hidden_size=32", "--set", "model.intermediate_size=48",
                                  "--set", "model.num_hidden_layers=2", "--set", "model.num_attention_heads=2",
                                  "--set", "model.num_key_value_heads=1", "--set", "model.head_dim=16"},
                                 folder);
  ASSERT_EQ(base.code, 0) << base.err;
}

// Starts the run, sends `signal` after a drawn time, again and again, then lets it end.
inline void interrupt_and_finish(const fs::path& cwd, const std::vector<std::string>& arguments,
                                 int signal, Sequence& random, int times) {
  for (int i = 0; i < times; ++i) {
    process::Child child = process::spawn(program_options("rlreason", arguments, cwd));
    const auto status = child.wait(std::chrono::milliseconds(random.between(30, 900)));
    if (status) {
      ASSERT_EQ(status->code, 0);
      continue;
    }
    child.signal(signal);
    const process::ExitStatus ended = child.wait();
    if (signal == SIGTERM) {
      ASSERT_TRUE(ended.code == 75 || ended.code == 0) << ended.code << "\n"
                                                       << text_of(cwd / "stderr.txt");
    }
  }
  const Finished finished = rlreason(arguments, cwd);
  ASSERT_EQ(finished.code, 0) << finished.err;
}

// state.json without the one field that is not reproducible.
inline nlohmann::json state_in(const fs::path& checkpoint) {
  nlohmann::json state = nlohmann::json::parse(text_of(checkpoint / "state.json"));
  state.erase("train_seconds");
  return state;
}

// Weights, moments and state, bit for bit.
inline void expect_same_checkpoint(const fs::path& whole, const fs::path& run, const std::string& name) {
  const fs::path folder = fs::path("checkpoints") / name;
  for (const char* file :
       {"model.safetensors", "optimizer.safetensors", "tokenizer.json", "config.json"})
    EXPECT_TRUE(text_of(whole / folder / file) == text_of(run / folder / file)) << file;
  EXPECT_EQ(state_in(whole / folder), state_in(run / folder));
}

}  // namespace rlreason::testing_support
