// Pieces of the objective and the advantage against tests/vectors/pieces/<axis>/<piece>.json: loss and gradient of every case
// from independent arithmetic (make_vectors.py there), and the gradient again by finite differences.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/objective_case.h"
#include "trainers/catalog/pieces.h"

namespace rlreason::train {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr double kTolerance = 1e-10;

fs::path folder() { return fs::path(RLR_SOURCE_DIR) / "tests/vectors/pieces"; }

std::vector<std::string> vector_files(const std::string& axis = "") {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder()))
    if (entry.path().extension() == ".json") {
      const fs::path own = fs::relative(entry.path(), folder());
      if (axis.empty() || *own.begin() == axis) files.push_back(own.generic_string());
    }
  std::sort(files.begin(), files.end());
  return files;
}

Json load(const std::string& file) { return Json::parse(std::ifstream(folder() / file)); }

ObjectiveCase case_of(const Json& targets) {
  ObjectiveCase own;
  const size_t n = targets.at("logprob").size();
  for (size_t i = 0; i < n; ++i)
    own.add(targets.at("sequence")[i].get<size_t>(), i, Source::policy, targets.at("logprob")[i],
            targets.at("old_logprob")[i], targets.at("advantage")[i],
            targets.at("behavior_logprob")[i]);
  own.targets.prompt = targets.at("prompt").get<std::vector<int64_t>>();
  own.ref_logprob = targets.at("ref_logprob").get<std::vector<double>>();
  own.sequences = own.targets.sequence.back() + 1;
  for (const char* name : {"teacher_logprob", "lagged_logprob", "hinted_logprob", "proxy_logprob",
                           "vocab_mean", "old_vocab_mean", "solve_rate"})
    if (targets.contains(name)) own.more[name] = targets.at(name).get<std::vector<double>>();
  return own;
}

class ObjectiveVectors : public ::testing::TestWithParam<std::string> {};

TEST_P(ObjectiveVectors, LossAndGradient) {
  const Json file = load(GetParam());
  for (const Json& own : file.at("cases")) {
    SCOPED_TRACE(own.at("name").get<std::string>());
    const TrainConfig config = config_of("  - " + own.at("component").get<std::string>() + "\n");
    const ObjectiveResult result = evaluate_case(case_of(own.at("targets")), config);
    const auto gradient = own.at("gradient").get<std::vector<double>>();
    EXPECT_NEAR(result.loss, own.at("loss").get<double>(),
                kTolerance * std::max(1.0, std::abs(result.loss)));
    for (size_t i = 0; i < gradient.size(); ++i)
      EXPECT_NEAR(result.gradient[i], gradient[i],
                  kTolerance * std::max(1.0, std::abs(gradient[i])))
          << "target " << i;
  }
}

// Finite differences see through a detached weight, so they judge losses whose gradient is that of their value.
TEST_P(ObjectiveVectors, GradientIsThatOfTheLoss) {
  const Json file = load(GetParam());
  for (const Json& own : file.at("cases")) {
    const TrainConfig config = config_of("  - " + own.at("component").get<std::string>() + "\n");
    if (config::to_json(config.components[0].loss).at("kind") == "reinforce") continue;
    if (config::to_json(config.components[0].token_weight).at("kind") != "one") continue;
    // A step of the target that is its own bound moves the bound.
    if (config::to_json(config.components[0].mask).at("kind") == "low_probability") continue;
    SCOPED_TRACE(own.at("name").get<std::string>());
    const ObjectiveCase data = case_of(own.at("targets"));
    const ObjectiveResult result = evaluate_case(data, config);
    for (size_t i = 0; i < data.logprob.size(); ++i) {
      constexpr double kStep = 1e-6;
      ObjectiveCase up = data, down = data;
      up.logprob[i] += kStep;
      down.logprob[i] -= kStep;
      const double numeric =
          (evaluate_case(up, config).loss - evaluate_case(down, config).loss) / (2 * kStep);
      EXPECT_NEAR(result.gradient[i], numeric, 1e-6 * std::max(1.0, std::abs(numeric)))
          << "target " << i;
    }
  }
}

std::vector<std::string> objective_files() {
  std::vector<std::string> files;
  for (const char* axis :
       {"clips", "losses", "masks", "normalizers", "ratio_shaping", "ratios", "token_weights"})
    for (const std::string& file : vector_files(axis)) files.push_back(file);
  return files;
}
std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = fs::path(info.param).replace_extension().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '.'; }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, ObjectiveVectors, ::testing::ValuesIn(objective_files()), test_name);

config::Node block_of(const Json& own, const std::string& kind) {
  Json block = own.at("settings");
  block["kind"] = kind;
  return config::from_json(block);
}

class AdvantageVectors : public ::testing::TestWithParam<std::string> {};

TEST_P(AdvantageVectors, Advantages) {
  const std::string kind = fs::path(GetParam()).stem();
  const Json file = load(GetParam());
  for (const Json& own : file.at("cases")) {
    const Json resolved = resolve_piece("advantages", block_of(own, kind), "advantage", kind);
    GroupFacts facts;
    const auto expected = own.at("advantage").get<std::vector<double>>();
    for (size_t s = 0; s < expected.size(); ++s) {
      facts.group.push_back(own.at("group")[s]);
      facts.source.push_back(own.at("policy")[s] ? Source::policy : Source::demonstration);
      facts.outcome.push_back(own.at("scored")[s] ? data::Outcome::right : data::Outcome::unscored);
      facts.reward.push_back(own.at("reward")[s]);
      facts.length.push_back(own.contains("length") ? own.at("length")[s].get<int64_t>() : 3);
      facts.truncated.push_back(false);
    }
    if (own.contains("greedy")) facts.greedy_reward = own.at("greedy").get<std::vector<double>>();
    const auto advantages = make_piece<AdvantageFunction>("advantages", resolved)(facts);
    for (size_t s = 0; s < expected.size(); ++s)
      EXPECT_NEAR(advantages[s], expected[s], 1e-12) << own.at("name") << " sequence " << s;
  }
}
INSTANTIATE_TEST_SUITE_P(All, AdvantageVectors, ::testing::ValuesIn(vector_files("advantages")),
                         test_name);

class TokenAdvantageVectors : public ::testing::TestWithParam<std::string> {};

TEST_P(TokenAdvantageVectors, OneATarget) {
  const std::string kind = fs::path(GetParam()).stem();
  const Json file = load(GetParam());
  for (const Json& own : file.at("cases")) {
    const Json resolved =
        resolve_piece("token_advantages", block_of(own, kind), "token_advantage", kind);
    Streams streams;
    for (const auto& [name, values] : own.at("targets").items())
      streams.put(name, at::tensor(values.get<std::vector<double>>(), at::kDouble));
    const auto expected = own.at("advantage").get<std::vector<double>>();
    const at::Tensor advantage =
        make_piece<TokenAdvantageFunction>("token_advantages", resolved)(streams).contiguous();
    for (size_t r = 0; r < expected.size(); ++r)
      EXPECT_NEAR(advantage.const_data_ptr<double>()[r], expected[r], 1e-12)
          << own.at("name") << " target " << r;
  }
}
INSTANTIATE_TEST_SUITE_P(All, TokenAdvantageVectors,
                         ::testing::ValuesIn(vector_files("token_advantages")), test_name);

class FilterVectors : public ::testing::TestWithParam<std::string> {};

TEST_P(FilterVectors, WhoIsKept) {
  const std::string kind = fs::path(GetParam()).stem();
  const Json file = load(GetParam());
  for (const Json& own : file.at("cases")) {
    const Json resolved = resolve_piece("filters", block_of(own, kind), "filter", kind);
    GroupFacts facts;
    const auto expected = own.at("kept").get<std::vector<bool>>();
    for (size_t s = 0; s < expected.size(); ++s) {
      facts.group.push_back(own.at("group")[s]);
      facts.source.push_back(own.at("policy")[s] ? Source::policy : Source::demonstration);
      facts.outcome.push_back(own.at("right")[s] ? data::Outcome::right : data::Outcome::wrong);
      facts.reward.push_back(own.at("reward")[s]);
      facts.length.push_back(own.contains("length") ? own.at("length")[s].get<int64_t>() : 3);
      facts.truncated.push_back(own.at("truncated")[s]);
    }
    EXPECT_EQ(make_piece<FilterFunction>("filters", resolved)(facts), expected) << own.at("name");
  }
}
INSTANTIATE_TEST_SUITE_P(All, FilterVectors, ::testing::ValuesIn(vector_files("filters")),
                         test_name);

TEST(RewardVectors, SoftLength) {
  const Json file = load("rewards/verdict_soft_length.json");
  for (const Json& own : file.at("cases")) {
    const auto reward = make_piece<RewardFunction>(
        "rewards", resolve_piece("rewards", block_of(own, "verdict_soft_length"), "reward", ""));
    for (const Json& response : own.at("responses")) {
      data::Verdict verdict;
      verdict.outcome = response[1] ? data::Outcome::right : data::Outcome::wrong;
      EXPECT_NEAR(reward(verdict, response[0]), response[2].get<double>(), 1e-12) << response;
    }
  }
}

// Every vector file belongs to a piece, and a piece has a file unless the LUFFY vectors or an exact property test judge it.
TEST(PieceVectors, EveryPieceHasOne) {
  const std::set<std::string> elsewhere = {"clips/bounds",
                                           "clips/none",
                                           "losses/entropy",
                                           "losses/log_likelihood",
                                           "losses/surrogate",
                                           "normalizers/constant_length",
                                           "normalizers/sequence_mean",
                                           "normalizers/token_mean",
                                           "ratio_shaping/identity",
                                           "ratio_shaping/log",
                                           "ratio_shaping/p_over_p_plus",
                                           "ratio_shaping/power",
                                           "ratio_shaping/ratio_plus_log",
                                           "ratio_shaping/relative_p_over_p_plus",
                                           "ratios/given",
                                           "ratios/one"};
  for (const char* axis : {"advantages", "clips", "losses", "filters", "normalizers",
                           "ratio_shaping", "token_advantages", "critics"})
    for (const PieceInfo* piece : pieces_of(axis)) {
      const std::string name = std::string(axis) + "/" + piece->name;
      EXPECT_TRUE(fs::exists(folder() / (name + ".json")) != elsewhere.contains(name)) << name;
    }
  for (const std::string& file : vector_files()) {
    const fs::path own = file;
    const std::string stem = own.stem();  // divergence.anchors.json: more of divergence
    EXPECT_NO_THROW(find_piece(own.parent_path().string(), stem.substr(0, stem.find('.')), file))
        << file;
  }
}

}  // namespace
}  // namespace rlreason::train
