// What `rlreason objective` accepts and refuses before any arithmetic: each mistake names its place.
#include "trainers/catalog/token_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal(const std::string& text, const std::string& recipe = "luffy") {
  try {
    const TrainConfig config = resolve_config(recipe, "tiny", {}).config;
    for (const TokenLine& line : parse_token_lines(text, "in.jsonl"))
      check_token_line(line, config);
    return "accepted";
  } catch (const DataError& error) {
    return error.what();
  }
}

std::string line_of(const std::string& sequences, const std::string& rewards = "[1, 0]") {
  return R"({"groups": [{"rewards": )" + rewards + R"(, "sequences": [)" + sequences + "]}]}\n";
}

const std::string kGood =
    R"({"source": "policy", "logprob": [-1, -2], "old_logprob": [-1, -2], "entropy": [1, 1]})";

TEST(TokenLines, ReadsSourcesMasksTextAndStreams) {
  const auto lines = parse_token_lines(
      "\n" +
          line_of(
              R"({"source": ["demonstration", "policy"], "trained": [true, false], "truncated": true, "text": ["a", "b"], "logprob": [-1, -2], "teacher_logprob": [-3, -4]})",
              "[null]"),
      "in.jsonl");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].where, "in.jsonl:2");
  const TokenSequence& own = lines[0].groups[0].sequences[0];
  EXPECT_EQ(own.source, (std::vector<Source>{Source::demonstration, Source::policy}));
  EXPECT_EQ(own.trained, (std::vector<bool>{true, false}));
  EXPECT_TRUE(own.truncated);
  EXPECT_EQ(own.streams.at("teacher_logprob"), (std::vector<double>{-3, -4}));
  EXPECT_FALSE(lines[0].groups[0].rewards[0]);
}

TEST(TokenLines, EachMistakeIsNamedWithItsPlace) {
  const std::string head = "in.jsonl:1: groups.0";
  const std::pair<std::string, std::string> kCases[] = {
      {"", "in.jsonl: required at least one line"},
      {"\n \n", "in.jsonl: required at least one line"},
      {"{\"groups\": [", "in.jsonl:1"},
      {"[]", "in.jsonl:1: required an object"},
      {R"({"groups": []})", "required at least one group"},
      {R"({"group": [1]})", "unknown key"},
      {R"({"groups": [{"rewards": [], "sequences": []}]})", "at least one sequence in a group"},
      {R"({"groups": [{"reward": [1], "sequences": [{"logprob": [-1]}]}]})",
       "did you mean 'rewards'"},
      {line_of(kGood), head + ".rewards: required 1 values"},
      {line_of(kGood + "," + kGood, "[1, \"x\"]"), head + ".rewards.1: required a finite number"},
      {line_of(kGood + "," + kGood, "[1, 1e999]"), "in.jsonl:1"},
      {line_of(R"({"logprob": []})", "[1]"), "at least one token"},
      {line_of(R"({"old_logprob": [-1]})", "[1]"), "required logprob"},
      {line_of(R"({"logprob": [-1, NaN]})", "[1]"), "in.jsonl:1"},
      {line_of(R"({"logprob": [-1, null]})", "[1]"),
       head + ".sequences.0.logprob.1: required a finite number"},
      {line_of(R"({"logprob": [0.9]})", "[1]"), "take the logarithm"},
      {line_of(R"({"logprob": [-1], "entropy": [-2]})", "[1]"), "required an entropy"},
      {line_of(R"({"logprob": [-1, -2], "old_logprob": [-1]})", "[1]"),
       head + ".sequences.0.old_logprob: required 2 values"},
      {line_of(R"({"logprob": [-1], "source": "expert"})", "[1]"),
       "required one of policy, demonstration"},
      {line_of(R"({"logprob": [-1], "source": ["policy", "policy"]})", "[1]"), "required 1 values"},
      {line_of(R"({"logprob": [-1], "trained": [1]})", "[1]"), "required true or false"},
      {line_of(R"({"logprob": [-1], "length": 3})", "[1]"),
       "required source, truncated, trained or a stream"},
      {line_of(kGood, "[1]"), "at least 2 scored responses"},
      {line_of(kGood + "," + kGood, "[1, null]"), "at least 2 scored responses"},
      {line_of(R"({"logprob": [-1], "entropy": [1]},)" + kGood),
       "required old_logprob, which recipe luffy reads of policy tokens"},
      {R"({"groups": [{"sequences": [)" + kGood + "]}]}", "required rewards"},
      {R"({"groups": [{"rewards": [1], "advantages": [1], "sequences": [)" + kGood + "]}]}",
       "both came"},
  };
  for (const auto& [text, sentence] : kCases) {
    const std::string came = refusal(text);
    EXPECT_THAT(came, HasSubstr(sentence)) << text;
    EXPECT_EQ(came.find('\n'), std::string::npos) << came;
  }
  EXPECT_THAT(refusal(line_of(kGood + "," + kGood) + "oops\n"), HasSubstr("in.jsonl:2"));
}

TEST(TokenLines, AsksOnlyForWhatComponentsReadOfTheirTokens) {
  // LUFFY takes the author's probability of a demonstration as 1; supervised fine-tuning reads no reward.
  EXPECT_EQ(
      refusal(line_of(R"({"source": "demonstration", "logprob": [-1], "entropy": [1]},)" + kGood)),
      "accepted");
  EXPECT_EQ(
      refusal(R"({"groups": [{"sequences": [{"source": "demonstration", "logprob": [-1]}]}]})",
              "sft"),
      "accepted");
  EXPECT_EQ(refusal(R"({"groups": [{"advantages": [2], "sequences": [)" + kGood + "]}]}"),
            "accepted");
}

}  // namespace
}  // namespace rlreason::train
