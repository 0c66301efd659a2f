// Twenty iterations of a small LUFFY run under `numerics.isa: portable`: the numbers of every iteration, as they were.
// A refactor must not move them; RLR_UPDATE_GOLDENS=1 rewrites the file when a change is meant.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/runlog/reader.h"
#include "tests/support/program.h"

namespace rlreason {
namespace {

using namespace testing_support;
using Json = nlohmann::json;

constexpr double kTolerance = 1e-5;  // relative; libm may differ in the last bit between machines

Json steps_of(const fs::path& run) {
  Json steps = Json::object();
  runlog::Reader reader(run);
  runlog::Cursor cursor;
  for (auto records = reader.read(cursor); !records.empty(); records = reader.read(cursor))
    for (const runlog::Record& record : records)
      if (record.kind == runlog::Kind::step)
        for (const char* name : {"train/loss", "train/grad_norm", "rollout/reward", "rollout/length",
                                 "rollout/entropy", "demonstration/probability"})
          steps[std::to_string(record.payload.at("iteration").get<int64_t>())][name] =
              record.payload.at("values").at(name);
  return steps;
}

TEST(TrainingGolden, SmallLuffyRun) {
  const Scratch scratch;
  const std::vector<std::string> portable = {"--set", "numerics.isa=portable", "--quiet"};
  std::vector<std::string> base = {"train", "pretrain", "--until", "40iterations", "--run-dir", "base",
                                   "--set", "model.hidden_size=32", "--set", "model.intermediate_size=48",
                                   "--set", "model.num_attention_heads=2", "--set", "model.num_key_value_heads=1",
                                   "--set", "model.head_dim=16"};
  std::vector<std::string> luffy = {"train", "luffy", "--init", "base", "--until", "20iterations",
                                    "--run-dir", "luffy", "--set", "data.demonstrations.prompts=5",
                                    "--set", "data.fresh.prompts=2"};
  for (auto* arguments : {&base, &luffy}) {
    arguments->insert(arguments->end(), portable.begin(), portable.end());
    const Finished finished = rlreason(*arguments, scratch.path());
    ASSERT_EQ(finished.code, 0) << finished.err;
  }
  const Json steps = steps_of(scratch / "luffy");
  const fs::path golden = fs::path(RLR_SOURCE_DIR) / "tests/cli/goldens/small_luffy_run.json";
  if (std::getenv("RLR_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(golden) << steps.dump(1) << "\n";
    return;
  }
  const Json expected = Json::parse(std::ifstream(golden));
  ASSERT_EQ(steps.size(), expected.size());
  for (const auto& [iteration, values] : expected.items())
    for (const auto& [name, value] : values.items())
      EXPECT_NEAR(steps.at(iteration).at(name).get<double>(), value.get<double>(),
                  kTolerance * std::max(1.0, std::abs(value.get<double>())))
          << "iteration " << iteration << " " << name;
}

}  // namespace
}  // namespace rlreason
