#include "evaluators/suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "core/error.h"
#include "datasets/verifiers/verifier.h"
#include "tests/datasets/ledger_reference.h"

namespace rlreason::eval {
namespace {

using data::reference::solve;

TEST(Suites, AllBuiltInOnesLoad) {
  const auto names = suite_names();
  EXPECT_THAT(names,
              testing::IsSupersetOf({"ledger_hard", "ledger_long", "ledger_n4", "ledger_easy",
                                     "ledger_fmtq", "ledger_fmtr", "ledger_easyq", "ledger_easyr",
                                     "ledger_shuf5", "ledger_v", "gsm8k"}));
  for (const std::string& name : names) EXPECT_EQ(load_suite(name).name, name);
}

struct Expected {
  const char* name;
  char format;
  int low, high;
  size_t prompts;
  int64_t samples;
};

TEST(Suites, LedgerSuitesAskWhatTheyName) {
  const Expected expected[] = {
      {"ledger_hard", 'P', 5, 7, 128, 32}, {"ledger_long", 'P', 8, 9, 64, 8},
      {"ledger_n4", 'P', 4, 4, 64, 8},     {"ledger_easy", 'P', 1, 3, 64, 8},
      {"ledger_fmtq", 'Q', 5, 7, 64, 8},   {"ledger_fmtr", 'R', 5, 7, 64, 8},
      {"ledger_easyq", 'Q', 1, 3, 64, 8},  {"ledger_easyr", 'R', 1, 3, 64, 8},
      {"ledger_shuf5", 'P', 5, 5, 64, 8},  {"ledger_v", 'V', 5, 7, 64, 8}};
  for (const Expected& e : expected) {
    const Suite suite = load_suite(e.name);
    EXPECT_EQ(suite.samples, e.samples) << e.name;
    EXPECT_EQ(suite.temperature, 0.6);
    EXPECT_EQ(suite.max_new_tokens, 44);
    const auto prompts = suite_prompts(suite);
    ASSERT_EQ(prompts.size(), e.prompts);
    std::set<int> lengths;
    bool in_order = true;
    for (const data::Prompt& prompt : prompts) {
      const auto solved = solve(prompt.text);
      EXPECT_EQ(solved.format, e.format) << prompt.text;
      EXPECT_EQ(std::to_string(solved.answer), prompt.gold);
      lengths.insert(solved.operations);
      in_order = in_order && solved.in_order;
    }
    EXPECT_EQ(*lengths.begin(), e.low) << e.name;
    EXPECT_EQ(*lengths.rbegin(), e.high) << e.name;
    EXPECT_EQ(in_order, std::string(e.name) != "ledger_shuf5");
  }
}

TEST(Suites, PromptsAreTheSameForEveryCaller) {
  const Suite suite = load_suite("ledger_hard");
  EXPECT_EQ(prompts_digest(suite_prompts(suite)), prompts_digest(suite_prompts(suite)));
  EXPECT_EQ(suite_prompts(suite)[0].text, "P 19 a +6 b +4 c -8 d -6 e -7 ?");
  EXPECT_NE(prompts_digest(suite_prompts(suite)),
            prompts_digest(suite_prompts(load_suite("ledger_hard", {"seed=7001"}))));
}

TEST(Suites, TheProtocolNamesWhatChangesResults) {
  const Suite suite = load_suite("ledger_hard");
  const auto prompts = suite_prompts(suite);
  const auto protocol = suite_protocol(suite, prompts);
  EXPECT_EQ(protocol.at("verifiers"), nlohmann::json({"marked@1"}));
  EXPECT_EQ(protocol, suite_protocol(suite, prompts));
  for (const char* change : {"samples=8", "temperature=1", "max_new_tokens=45", "seed=1"})
    EXPECT_NE(protocol.at("digest"),
              suite_protocol(load_suite("ledger_hard", {change}), prompts).at("digest"))
        << change;
}

TEST(Suites, FilesOverrideAndErrorsNameThePlace) {
  const auto file = std::filesystem::path(testing::TempDir()) / "mine.yaml";
  std::ofstream(file) << "name: mine\ntask: ledger\nprompts: 3\n";
  EXPECT_EQ(suite_prompts(load_suite(file.string())).size(), 3u);
  std::ofstream(file) << "name: mine\ntask: ledger\npromts: 3\n";
  try {
    load_suite(file.string());
    FAIL();
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("mine.yaml:3"), testing::HasSubstr("'prompts'")));
  }
  EXPECT_THROW(load_suite("ledger_herd"), UserError);
  EXPECT_THROW(suite_prompts(load_suite("ledger_hard", {"rotations=2"})), DataError) << "no options to rotate";
  EXPECT_THROW(load_suite("nowhere/suite.yaml"), DataError);
  EXPECT_THROW(load_suite("ledger_hard", {"dataset=x"}), UserError);
  EXPECT_THROW(load_suite("ledger_hard", {"prompts=0"}), UserError);
  EXPECT_THROW(suite_prompts(load_suite("gsm8k", {"dataset=nowhere"})), DataError);
}

TEST(Suites, BlocksGiveTheSuitePromptsBack) {
  const auto blocks = suite_blocks("ledger");
  EXPECT_EQ(blocks.size(), 10u);
  const data::PromptSet set = data::prompts_of(blocks);
  for (const data::Prompt& prompt : suite_prompts(load_suite("ledger_easyq")))
    EXPECT_TRUE(set.contains(prompt.text));
  EXPECT_TRUE(suite_blocks("nothing").empty());
}

}  // namespace
}  // namespace rlreason::eval
