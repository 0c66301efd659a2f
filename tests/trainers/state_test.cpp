// A checkpoint holds all of the state: every declared field, every weight and moment comes back; damage does not pass.
#include "trainers/state.h"

#include <ATen/ops/equal.h>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "core/config/parse.h"
#include "core/error.h"
#include "tests/support/program.h"
#include "tests/support/small_model.h"

namespace rlreason::train {
namespace {

using testing_support::Scratch;
using testing_support::small_model;
namespace fs = std::filesystem;

struct Parts {
  engine::Policy policy{small_model(12)};
  engine::AdamW optimizer{policy.arena(), {}};
  tokenizer::Tokenizer tokenizer = tokenizer::Tokenizer::word_level(
      {"_", "$", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}, "$", "_");
  TrainState state;

  explicit Parts(uint64_t seed) {
    policy.initialise(seed);
    for (const auto& spec : policy.arena().specs())
      policy.arena().gradient(spec.name).fill_(0.01 * static_cast<double>(seed + spec.name.size()));
    optimizer.step(policy.arena(), 1e-3, 1.0);
    optimizer.step(policy.arena(), 1e-3, 1.0);
  }
};

TrainState marked_state() {
  // A different value in each field, so that a forgotten one shows.
  TrainState state;
  state.iteration = 7;
  state.optimizer_steps = 2;
  state.tokens_generated = 123;
  state.tokens_trained = 456;
  state.samples = 89;
  state.extra_draws = 3;
  state.train_seconds = 1.25;
  state.best_score = 0.625;
  state.best_iteration = 5;
  state.history = {.entropy = {0.5, std::numeric_limits<double>::quiet_NaN()},
                   .solve_rate = {0.1, 1.0 / 3},
                   .loss = {{"policy", {-1e-17, 2.0}}}};
  state.watched = {
      .iterations = {{"rollout/entropy", {1, 3}}},
      .values = {{"rollout/entropy", {1.0 / 3, std::numeric_limits<double>::infinity()}}}};
  return state;
}

TEST(TrainState, EveryFieldWeightAndMomentComesBack) {
  const Scratch scratch;
  Parts saved(3), loaded(4);
  saved.state = marked_state();
  for (const auto& row : config::describe<TrainState>()) {
    std::string pointer = "/" + std::string(row.path);
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    const nlohmann::json value =
                             config::to_json(saved.state).at(nlohmann::json::json_pointer(pointer)),
                         fresh = config::to_json(TrainState{})
                                     .at(nlohmann::json::json_pointer(pointer));
    EXPECT_NE(value, fresh) << row.path << " must differ from its default in this test";
  }
  CheckpointStore store(scratch.path(), 2);
  store.save(saved.state, saved.policy, saved.optimizer, saved.tokenizer, {});
  std::vector<std::string> problems;
  const auto newest = store.newest_valid(problems);
  ASSERT_TRUE(newest.has_value());
  load_checkpoint(newest->folder, loaded.state, loaded.policy, loaded.optimizer);
  EXPECT_EQ(config::to_json(loaded.state), config::to_json(saved.state));
  EXPECT_EQ(loaded.optimizer.steps(), saved.optimizer.steps());
  EXPECT_TRUE(at::equal(loaded.policy.arena().weights(), saved.policy.arena().weights()));
  EXPECT_TRUE(at::equal(loaded.optimizer.first_moment(), saved.optimizer.first_moment()));
  EXPECT_TRUE(at::equal(loaded.optimizer.second_moment(), saved.optimizer.second_moment()));
}

void save_at(std::initializer_list<int64_t> iterations, Parts& parts, CheckpointStore& store) {
  for (const int64_t iteration : iterations) {
    parts.state.iteration = iteration;
    store.save(parts.state, parts.policy, parts.optimizer, parts.tokenizer, {});
  }
}

TEST(CheckpointStore, KeepsTheNewestAndTheBest) {
  const Scratch scratch;
  Parts parts(1);
  CheckpointStore store(scratch.path(), 2);
  for (int64_t iteration = 1; iteration <= 6; ++iteration) {
    parts.state.iteration = iteration;
    parts.state.best_iteration = iteration >= 2 ? 2 : -1;
    store.save(parts.state, parts.policy, parts.optimizer, parts.tokenizer, {});
  }
  std::vector<int64_t> kept;
  for (const SavedCheckpoint& own : store.list()) kept.push_back(own.iteration);
  EXPECT_EQ(kept, (std::vector<int64_t>{6, 5, 2}));
}

TEST(CheckpointStore, AFlippedByteFallsBackToTheOlderOne) {
  const Scratch scratch;
  Parts parts(1);
  CheckpointStore store(scratch.path(), 3);
  save_at({10, 20}, parts, store);
  for (const char* file :
       {"model.safetensors", "optimizer.safetensors", "state.json", "tokenizer.json"}) {
    const fs::path target = scratch / "checkpoints/step-00000020" / file;
    const std::string before = testing_support::text_of(target);
    std::string flipped = before;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
    std::ofstream(target, std::ios::binary) << flipped;
    std::vector<std::string> problems;
    EXPECT_EQ(store.newest_valid(problems)->iteration, 10) << file;
    EXPECT_EQ(problems.size(), 1u) << file;
    std::ofstream(target, std::ios::binary) << before;
  }
}

std::string model_error(const fs::path& run) {
  try {
    model_folder(run);
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

// result.json names the model; without a name it is the newest that verifies.
TEST(ModelFolder, IsTheOneThatTheResultNames) {
  const Scratch scratch;
  Parts parts(1);
  CheckpointStore store(scratch.path(), 3);
  save_at({10, 20}, parts, store);
  const fs::path ten = scratch / "checkpoints/step-00000010",
                 twenty = scratch / "checkpoints/step-00000020";
  EXPECT_EQ(model_folder(scratch.path()), twenty);
  const auto result = [&](const std::string& text) {
    std::ofstream(scratch / "result.json") << text;
  };
  result(R"({"state": "done"})");
  EXPECT_EQ(model_folder(scratch.path()), twenty);
  result(R"({"state": "done", "checkpoint": "checkpoints/step-00000010"})");
  EXPECT_EQ(model_folder(scratch.path()), ten);
  EXPECT_EQ(model_folder(twenty), twenty);  // a checkpoint folder stands for itself
  for (const char* wrong :
       {"\"step-00000010\"", "\"../x/checkpoints/step-00000010\"", "\"checkpoints/step-10\"",
        "\"checkpoints/../checkpoints/step-00000010\"", "\"\"", "10", "null"}) {
    result(fmt::format(R"({{"checkpoint": {}}})", wrong));
    EXPECT_NE(model_error(scratch.path()).find("required a name like"), std::string::npos) << wrong;
  }
  // The named one is damaged or gone: another is not taken for it.
  result(R"({"checkpoint": "checkpoints/step-00000010"})");
  std::ofstream(ten / "model.safetensors", std::ios::binary | std::ios::app) << "x";
  EXPECT_NE(model_error(scratch.path()).find("it is damaged"), std::string::npos);
  fs::remove_all(ten);
  EXPECT_NE(model_error(scratch.path()).find("it is damaged"), std::string::npos);
}

TEST(CheckpointStore, ACheckpointOfAnotherShapeIsRefused) {
  const Scratch scratch;
  Parts parts(1);
  CheckpointStore store(scratch.path(), 2);
  store.save(parts.state, parts.policy, parts.optimizer, parts.tokenizer, {});
  engine::ModelConfig other = small_model(12);
  other.num_hidden_layers = 3;
  engine::Policy policy(other);
  engine::AdamW optimizer(policy.arena(), {});
  TrainState state;
  EXPECT_THROW(load_checkpoint(store.list().front().folder, state, policy, optimizer), Error);
}

}  // namespace
}  // namespace rlreason::train
