// `rlreason objective` and `describe RECIPE` as a user types them.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/embedded.h"
#include "tests/cli/program.h"

namespace rlreason::cli_test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr const char* kLine =
    R"({"groups": [{"rewards": [1, 0], "sequences": [
        {"source": "demonstration", "logprob": [-0.1, -3.0], "entropy": [0.5, 0.5], "text": ["2", "$"]},
        {"logprob": [-1.0], "old_logprob": [-1.0], "entropy": [0.5], "text": ["\u001b[31m"]}]}]})";

class Objective : public Program {
 protected:
  std::filesystem::path write(const std::string& name, std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::ofstream(folder_ / name) << text << "\n";
    return folder_ / name;
  }
};

// LUFFY with length 10: A = 1/2 and -1/2; demonstration -A gamma p / (p + gamma)^2 / 20, policy -A rho / 20.
TEST_F(Objective, GivesGradientsOnStandardOutputInAFileAndAsATable) {
  const std::string input = write("in.jsonl", kLine).string();
  const std::vector<std::string> command = {
      "objective", "luffy",
      "--set",     "components.policy.normalizer.length=10",
      "--set",     "components.demonstration.normalizer.length=10",
      "--input",   input};
  const Result plain = run(command);
  ASSERT_EQ(plain.code, 0) << plain.err;
  const Json result = Json::parse(plain.out);
  const double p = std::exp(-3.0);
  const Json& sequences = result.at("groups")[0].at("sequences");
  EXPECT_NEAR(sequences[0].at("dloss_dlogprob")[1].get<double>(),
              -0.5 * 0.1 * p / ((p + 0.1) * (p + 0.1)) / 20, 1e-12);
  EXPECT_NEAR(sequences[1].at("dloss_dlogprob")[0].get<double>(), 0.5 / 20, 1e-12);
  EXPECT_EQ(sequences[1].at("advantage"), -0.5);

  auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), command.begin(), command.end());
    return run(more);
  };
  ASSERT_EQ(with({"--output", "out.jsonl"}).code, 0);
  EXPECT_EQ(text_of(folder_ / "out.jsonl"), plain.out);
  EXPECT_EQ(Json::parse(with({"--json"}).out).at("results")[0], result);
  const Result table = with({"--table"});
  EXPECT_THAT(table.out, HasSubstr("dloss/dlogprob"));
  EXPECT_EQ(table.out.find('\x1b'), std::string::npos) << "text of others is made harmless";
  EXPECT_EQ(with({"--table", "--json"}).code, 2);
}

TEST_F(Objective, MistakesAreOneSentenceWithAnExitCode) {
  const std::string input = write("in.jsonl", kLine).string();
  const std::tuple<std::vector<std::string>, int, std::string> kCases[] = {
      {{"objective", "lufy", "--input", input}, 2, "did you mean 'luffy'"},
      {{"objective", "luffy", "--set", "components.x.coef=1", "--input", input},
       2,
       "known: policy, demonstration, entropy"},
      {{"objective", "luffy", "--input", "none.jsonl"}, 3, "none.jsonl"},
      {{"objective", "luffy"}, 3, "standard input: required at least one line"},
      {{"objective", "mixed_policy", "--set", "components.demonstration.ratio=old", "--input",
        input},
       3,
       "in.jsonl:1: groups.0.sequences.0: required old_logprob"},
      {{"objective", "luffy", "--iteration", "-1", "--input", input}, 2, "iteration"},
  };
  for (const auto& [arguments, code, sentence] : kCases) {
    const Result result = run(arguments);
    EXPECT_EQ(result.code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(sentence));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

TEST_F(Objective, DescribeSaysOfEveryRecipeWhatItComputesNeedsAndCosts) {
  for (const std::string& name : embedded_names("trainers/recipes/")) {
    const Result text = run({"describe", name}), json = run({"describe", name, "--json"});
    ASSERT_EQ(text.code, 0) << name << text.err;
    for (const char* word :
         {"source: ", "L = ", "groups: ", "needs: ", "streams: ", "cost: generated "})
      EXPECT_THAT(text.out, HasSubstr(word)) << name;
    const Json report = Json::parse(json.out);
    EXPECT_FALSE(report.at("components").empty()) << name;
    EXPECT_FALSE(report.at("source").get<std::string>().empty()) << name;
    EXPECT_GE(report.at("cost").at("forward").get<double>(), 1.0) << name;
  }
  const Json luffy = Json::parse(run({"describe", "luffy", "--json"}).out);
  EXPECT_EQ(luffy.at("cost").at("generated"), 0.875) << "seven of eight responses are sampled";
  EXPECT_EQ(luffy.at("needs").at("streams").at("policy"), Json({"entropy", "old_logprob"}));
  EXPECT_EQ(luffy.at("needs").at("streams").at("demonstration"), Json::array({"entropy"}));
  const Json sft = Json::parse(run({"describe", "sft", "--json"}).out);
  EXPECT_EQ(sft.at("cost").at("generated"), 0.0);
  EXPECT_EQ(sft.at("needs").at("verdicts"), false);
}

}  // namespace
}  // namespace rlreason::cli_test
