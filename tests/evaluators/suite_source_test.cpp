// Published files of the suites: made-up rows with the real columns, and the real files where they are on this machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "core/config/parse.h"
#include "core/error.h"
#include "datasets/dataset.h"
#include "datasets/prepare.h"
#include "datasets/readers/csv.h"
#include "datasets/verifiers/verifier.h"
#include "evaluators/choices.h"
#include "evaluators/suite.h"
#include "evaluators/suite_group.h"
#include "tests/support/scratch.h"

namespace rlreason::eval {
namespace {

using data::benchmark_row;
using nlohmann::json;
namespace fs = std::filesystem;

data::Prompt row_of(const std::string& suite, const json& record) {
  const auto row = benchmark_row(*load_suite(suite).source, suite, record);
  EXPECT_TRUE(row) << suite;
  EXPECT_EQ(row ? row->problem : "", "") << suite << " " << record.dump();
  data::Prompt prompt = row ? row->prompt : data::Prompt();
  prompt.verifier = load_suite(suite).verifier;
  return prompt;
}

std::string problem_of(const std::string& suite, const json& record) {
  const auto row = benchmark_row(*load_suite(suite).source, suite, record);
  return row ? row->problem : "of another benchmark";
}

json verl(const std::string& source, const std::string& question, const std::string& gold) {
  return {
      {"data_source", source},
      {"prompt",
       {{{"content", "system"}, {"role", "system"}}, {{"content", question}, {"role", "user"}}}},
      {"ability", "math"},
      {"reward_model", {{"ground_truth", gold}, {"style", "rule"}}},
      {"extra_info", {{"index", 3}, {"split", "default"}}}};
}

TEST(SuiteSource, MathematicsInEveryPublishedForm) {
  EXPECT_EQ(
      row_of("aime24", {{"id", 60}, {"problem", "Q"}, {"solution", "s"}, {"answer", "025"}}).gold,
      "025");
  EXPECT_EQ(row_of("aime24", {{"ID", "2024-I-1"}, {"Problem", "Q"}, {"Answer", 204}}).id,
            "aime24/2024-I-1");
  EXPECT_EQ(row_of("aime25", {{"question", "Q"}, {"answer", "336^\\circ"}}).gold, "336^\\circ");
  EXPECT_EQ(row_of("amc23", {{"problem", "Q"}, {"answer", 142.0}}).gold, "142");
  EXPECT_EQ(row_of("amc23", verl("amc", "Q", "142.0")).gold,
            "142.0");  // a text stays; the verifier compares values
  EXPECT_EQ(data::verify(row_of("amc23", verl("amc", "Q", "142.0")), "\\boxed{142}").outcome,
            data::Outcome::right);
  EXPECT_EQ(
      row_of("math500",
             {{"problem", "Q"}, {"answer", "\\frac{1}{2}"}, {"unique_id", "test/algebra/1.json"}})
          .id,
      "math500/test/algebra/1.json");
  EXPECT_EQ(
      row_of("minerva",
             {{"problem", "Q"}, {"solution", "so \\boxed{\\frac{a}{b}}"}, {"type", "Chemistry"}})
          .gold,
      "\\frac{a}{b}");
  EXPECT_EQ(row_of("minerva", {{"problem", "Q"}, {"answer", json::array({"9.6\n"})}}).gold, "9.6");
  const auto olympiad = row_of("olympiad_bench", {{"id", 1606},
                                                  {"question", "Find them"},
                                                  {"context", "Let n be odd"},
                                                  {"final_answer", json::array({"$69$,$84$"})},
                                                  {"error", "1e-2"},
                                                  {"subfield", "Algebra"}});
  EXPECT_EQ(olympiad.gold, "$69$,$84$");
  EXPECT_EQ(olympiad.text, "Let n be odd. Find them");
  EXPECT_EQ(olympiad.options.abs_tol, std::vector<double>{0.01});
  EXPECT_EQ(data::verify(olympiad, "\\boxed{84, 69}").outcome, data::Outcome::right);
  EXPECT_EQ(row_of("olympiad_bench",
                   {{"question", "Q"}, {"final_answer", {"1", "3"}}, {"error", nullptr}})
                .gold,
            "1, 3");
  EXPECT_EQ(row_of("svamp", {{"Body", "Ann has 3 pens"},
                             {"Question", "How many?"},
                             {"Answer", 145.0},
                             {"ID", "chal-1"}})
                .text,
            "Ann has 3 pens. How many?");
  EXPECT_EQ(row_of("gsm8k", {{"question", "Q"}, {"answer", "<<1+1=2>>\n#### 70,000"}}).gold,
            "70,000");
}

TEST(SuiteSource, ChoicesInEveryPublishedForm) {
  const auto aqua = row_of(
      "aqua", {{"question", "Q"}, {"options", {"A)2", "B)None of these"}}, {"correct", "B"}});
  EXPECT_EQ(aqua.choices, (std::vector<std::string>{"A) 2", "B) None of these"}));
  EXPECT_EQ(aqua.gold, "B");
  EXPECT_EQ(
      row_of("mmlu_stem",
             {{"question", "Q"}, {"choices", {"1", "2", "3", "4"}}, {"answer", 3}, {"type", "t"}})
          .gold,
      "D");
  const auto arc =
      row_of("arc_challenge", verl("arc_c", "Why?\n\nA) wind\nB) rain\nC) sun\n", "C"));
  EXPECT_EQ(arc.text, "Why?");
  EXPECT_EQ(arc.choices.size(), 3u);
  EXPECT_EQ(arc.gold, "C");
  const auto digits =
      row_of("arc_challenge",
             verl("arc_c", "1) is no option\nWhy?\n\n1) wind\n2) rain\n3) sun\n4) 3) both\n", "4"));
  EXPECT_EQ(digits.choices.back(), "4) 3) both");
  EXPECT_EQ(digits.text, "1) is no option\nWhy?");
  EXPECT_EQ(digits.gold, "4");
  const auto own = row_of(
      "arc_challenge",
      {{"id", "Mercury_7"},
       {"answerKey", "2"},
       {"question",
        {{"stem", "Why?"},
         {"choices", {{{"text", "wind"}, {"label", "1"}}, {{"text", "rain"}, {"label", "2"}}}}}}});
  EXPECT_EQ(own.choices, (std::vector<std::string>{"1) wind", "2) rain"}));
  EXPECT_EQ(own.gold, "2");
  EXPECT_EQ(row_of("arc_challenge", {{"id", "x"},
                                     {"question", "Why?"},
                                     {"answerKey", "B"},
                                     {"choices", {{"text", {"a", "b"}}, {"label", {"A", "B"}}}}})
                .gold,
            "B");
  const auto gpqa = row_of("gpqa_diamond", {{"Record ID", "rec1"},
                                            {"Question", "Q"},
                                            {"Correct Answer", "r\n"},
                                            {"Incorrect Answer 1", "w1"},
                                            {"Incorrect Answer 2", "w2"},
                                            {"Incorrect Answer 3", "w3"},
                                            {"Subdomain", "Genetics"}});
  EXPECT_EQ(gpqa.choices, (std::vector<std::string>{"A) r", "B) w1", "C) w2", "D) w3"}));
  EXPECT_EQ(gpqa.id, "gpqa_diamond/rec1");
  const auto pro = row_of("mmlu_pro", {{"question_id", 70},
                                       {"question", "Q"},
                                       {"options", {"a", "b", "N/A", "N/A"}},
                                       {"answer", "B"},
                                       {"category", "law"},
                                       {"cot_content", "A: Let's think."}});
  EXPECT_EQ(pro.choices.size(), 2u);
  EXPECT_EQ(pro.demonstrations.at(0).text, "Let's think.");
}

TEST(SuiteSource, WhatDoesNotFitIsNamed) {
  EXPECT_THAT(problem_of("math500", {{"text", "Q"}}),
              testing::HasSubstr("required the columns problem and answer"));
  EXPECT_EQ(problem_of("aime24", verl("aime25", "Q", "1")), "of another benchmark");
  EXPECT_THAT(problem_of("aqua", {{"question", "Q"}, {"options", {"A)2"}}, {"correct", "C"}}),
              testing::HasSubstr("names none of the 1 options"));
  EXPECT_THAT(problem_of("aqua", {{"question", "Q"}, {"options", {"A)2"}}, {"correct", ""}}),
              testing::HasSubstr("no gold"));
  EXPECT_THAT(problem_of("arc_challenge", verl("arc_c", "no options here", "A")),
              testing::HasSubstr("no labelled options"));
  EXPECT_THAT(problem_of("gsm8k", {{"question", "Q"}, {"answer", "70"}}),
              testing::HasSubstr("no '####'"));
  EXPECT_THAT(problem_of("mmlu_stem", {{"question", "Q"}, {"choices", "abc"}, {"answer", 0}}),
              testing::HasSubstr("no list of options"));
  EXPECT_THAT(
      problem_of("mmlu_stem",
                 {{"question", "Q"}, {"choices", json::array({nullptr, 1})}, {"answer", 0}}),
      testing::HasSubstr("no text"));
  EXPECT_THAT(problem_of("math500", json::object()), testing::HasSubstr("required the columns"));
}

// A prepared dataset of a suite, from text in a file.
struct Prepared {
  testing_support::Scratch scratch;
  Suite suite;
  data::PreparedSummary summary;

  Prepared(const std::string& name, const std::string& file, const std::string& text)
      : suite(load_suite(name)) {
    std::ofstream(scratch.path() / file) << text;
    data::PrepareConfig config;
    config.from = {(scratch.path() / file).string()};
    summary = data::prepare(suite_preparation(suite, config), scratch.path() / "out");
    suite.dataset = (scratch.path() / "out").string();
  }
};

TEST(SuiteSource, RepeatedRowsAreOneItem) {
  std::string lines;
  for (int repeat = 0; repeat < 32; ++repeat)
    for (const char* gold : {"1", "2"})
      lines += verl("aime", "Question " + std::string(gold), gold).dump() + "\n";
  lines += verl("amc", "another", "3").dump() + "\n";
  const Prepared prepared("aime24", "valid.jsonl", lines);
  EXPECT_EQ(prepared.summary.rows, 2);
  const auto prompts = suite_prompts(prepared.suite);
  ASSERT_EQ(prompts.size(), 2u);
  EXPECT_TRUE(prompts[0].text.ends_with("Question 1\nAssistant: <think>\n"));
  EXPECT_TRUE(prompts[0].options.answer_after_think);
  EXPECT_NE(prompts[0].id, prompts[1].id);
  EXPECT_EQ(data::verify(prompts[0], "hm </think> \\boxed{1}").outcome, data::Outcome::right);
  EXPECT_NE(data::verify(prompts[0], "\\boxed{1}").outcome,
            data::Outcome::right);  // never closed its thoughts
}

constexpr const char* kGpqa =
    "Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3,Record "
    "ID,Subdomain\r\n"
    "\"First, \"\"secret\"\"\nquestion\",right one,w1,w2,w3,rec1,Physics\r\n"
    "Second secret,right two,x1,x2,x3,rec2,Physics\r\n";

TEST(SuiteSource, ConfidentialChoicesAreShuffledByItem) {
  const Prepared prepared("gpqa_diamond", "gpqa_diamond.csv", kGpqa);
  EXPECT_EQ(prepared.summary.rows, 2);
  EXPECT_TRUE(prepared.suite.confidential);
  Suite suite = prepared.suite;
  suite.rotations = 4;
  const auto rotated = rotated_prompts(suite);
  ASSERT_EQ(rotated.size(), 4u);
  for (size_t item = 0; item < 2; ++item) {
    std::set<std::string> golds, texts;
    for (const auto& prompts : rotated) {
      const data::Prompt& prompt = prompts[item];
      const std::string right = prompt.gold + ") right " + (item == 0 ? "one" : "two");
      EXPECT_NE(prompt.text.find(right + "\n"), std::string::npos);
      EXPECT_THAT(prompt.choices, testing::Contains(right));
      EXPECT_EQ(data::verify(prompt, "x </think> \\boxed{" + prompt.gold + "}").outcome,
                data::Outcome::right);
      EXPECT_EQ(prompt.id, rotated[0][item].id);
      golds.insert(prompt.gold);
      texts.insert(prompt.text);
    }
    EXPECT_EQ(golds.size(), 4u);  // the right option stands everywhere once
    EXPECT_EQ(texts.size(), 4u);
  }
  EXPECT_NEAR(chance(rotated[0]), 0.25, 1e-12);
  suite.rotations = 1;
  EXPECT_EQ(prompts_digest(suite_prompts(suite)), prompts_digest(rotated[0]));
  suite.seed = 7001;
  EXPECT_NE(prompts_digest(suite_prompts(suite)), prompts_digest(rotated[0]));
}

TEST(SuiteSource, WorkedExamplesComeFromAnotherDataset) {
  const Prepared test(
      "svamp", "t.jsonl",
      "{\"Body\": \"A\", \"Question\": \"B?\", \"Answer\": 1, \"ID\": \"t1\", \"Type\": \"x\"}\n");
  const Prepared train(
      "svamp", "t.jsonl",
      "{\"Body\": \"C\", \"Question\": \"D?\", \"Answer\": 2, \"ID\": \"s1\", \"Type\": \"y\"}\n"
      "{\"Body\": \"E\", \"Question\": \"F?\", \"Answer\": 3, \"ID\": \"s2\", \"Type\": \"x\"}\n");
  Suite suite = test.suite;
  suite.prompt_template = "question_answer";
  suite.shots = 1;
  suite.shots_from = train.suite.dataset;
  EXPECT_EQ(suite_prompts(suite)[0].text, "Question: C. D?\nAnswer: 2\n\nQuestion: A. B?\nAnswer:");
  suite.shots_by_category = true;
  EXPECT_EQ(suite_prompts(suite)[0].text, "Question: E. F?\nAnswer: 3\n\nQuestion: A. B?\nAnswer:");
}

TEST(SuiteSource, AMissingDatasetNamesTheCommand) {
  for (const std::string& name :
       expand_suites({"luffy_math", "luffy_ood", "gsm8k", "svamp", "aqua", "mmlu_stem"})) {
    Suite suite = load_suite(name);
    suite.dataset = "nowhere/" + name;
    try {
      suite_prompts(suite);
      FAIL() << name;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("rlreason prepare-data " + name +
                                                   " --from FILE --out nowhere/" + name));
    }
  }
  EXPECT_THROW(suite_preparation(load_suite("ledger_hard"), {}), UserError);
}

TEST(SuiteSource, GroupsExpandOnceAndInOrder) {
  EXPECT_EQ(expand_suites({"luffy_ood", "mmlu_pro", "ledger_v"}),
            (std::vector<std::string>{"arc_challenge", "gpqa_diamond", "mmlu_pro", "ledger_v"}));
  EXPECT_EQ(load_suite_group("luffy_math").suites.size(), 6u);
  for (const std::string& name : suite_group_names())
    for (const std::string& suite : load_suite_group(name).suites)
      EXPECT_NO_THROW(load_suite(suite)) << suite;
  EXPECT_EQ(expand_suites({"no_such"}), std::vector<std::string>{"no_such"});
}

TEST(SuiteSource, LuffysDecodingIsDeclared) {
  for (const std::string& name : expand_suites({"luffy_math", "luffy_ood"})) {
    const Suite suite = load_suite(name);
    EXPECT_EQ(suite.temperature, 0.6);
    EXPECT_EQ(suite.top_p, 1.0);
    EXPECT_EQ(suite.max_new_tokens, 8192);
    const bool many = name == "aime24" || name == "aime25" || name == "amc23";
    EXPECT_EQ(suite.samples, many ? 32 : 1) << name;
    EXPECT_FALSE(suite.source->licence.empty());
  }
}

TEST(SuiteSource, SettingsThatDoNotGoTogetherAreRefused) {
  EXPECT_THROW(load_suite("ledger_hard", {"shots=2"}), UserError);
  EXPECT_THROW(load_suite("ledger_hard", {"scoring=loglik_raw"}), UserError);
  EXPECT_THROW(load_suite("ledger_hard", {"top_p=0"}), UserError);
  EXPECT_THROW(load_suite("ledger_hard", {"rotations=27"}), UserError);
  EXPECT_THROW(load_suite("ledger_hard", {"prompt_template=plane"}), UserError);
  EXPECT_THROW(load_suite("math500", {"source.layouts.0.quesion=x"}), UserError);
  EXPECT_THROW(suite_prompts(load_suite("ledger_hard", {"verifier=mth"})), UserError);
  EXPECT_THROW(rotated_prompts(load_suite("ledger_hard", {"rotations=2"})), DataError);
  EXPECT_EQ(load_suite("aqua", {"scoring=loglik_byte", "prompt_template=cloze"}).samples, 1);
}

TEST(Csv, ReadsQuotesAndRefusesBrokenFiles) {
  const testing_support::Scratch scratch;
  const auto rows = [&](const std::string& text) {
    std::ofstream(scratch.path() / "t.csv", std::ios::binary) << text;
    data::CsvRecords records(scratch.path() / "t.csv");
    std::vector<json> all;
    for (json row; records.next(row);) all.push_back(row);
    return all;
  };
  EXPECT_EQ(rows("\xEF\xBB\xBF"
                 "a,b\n1,\"x\"\"y\nz\"\n\n2\n"),
            (std::vector<json>{{{"a", "1"}, {"b", "x\"y\nz"}}, {{"a", "2"}}}));
  for (const char* bad :
       {"", "a,a\n1,2\n", "a,\n1\n", "a\n\"x", "a\n\"x\"y\n", "a\n1,2\n", "a\n\xff\n"})
    EXPECT_THROW(rows(bad), DataError) << bad;
  try {
    rows("a\n1\n\n\"x\n");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("t.csv:4:"));
  }
}

struct Real {
  const char *suite, *file;
  int64_t rows;
};

// Every row of the real files gives an item whose gold verifies itself.
TEST(SuiteSource, RealFiles) {
  const fs::path shared = fs::path(RLR_SHARED_DIR) / "data";
  if (!fs::exists(shared)) GTEST_SKIP() << shared << " is not on this machine";
  for (const Real& real :
       {Real{"math500", "math/math500.json", 500}, Real{"svamp", "svamp/test.jsonl", 1000},
        Real{"aqua", "aqua/test.jsonl", 254}, Real{"mmlu_stem", "mmlu_stem/test.jsonl", 3018},
        Real{"gsm8k", "gsm8k/test.jsonl", 1319}}) {
    const testing_support::Scratch scratch;
    data::PrepareConfig config;
    config.from = {(shared / real.file).string()};
    Suite suite = load_suite(real.suite);
    const auto made = data::prepare(suite_preparation(suite, config), scratch.path() / "out");
    EXPECT_EQ(made.rows, real.rows) << real.suite;
    EXPECT_EQ(made.rejected, 0) << real.suite;
    suite.dataset = (scratch.path() / "out").string();
    EXPECT_EQ(static_cast<int64_t>(suite_prompts(suite).size()), suite.source->items);
  }
}

}  // namespace
}  // namespace rlreason::eval
