// Grading, comparing, rescoring, rechecking and exporting responses made elsewhere, as a user does; and what users get wrong.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/program.h"

namespace rlreason {
namespace {

using namespace testing_support;
using nlohmann::json;

class ResponsesCommand : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& text) {
    std::ofstream(scratch_ / name, std::ios::binary) << text;
    return scratch_ / name;
  }
  Finished run(std::vector<std::string> arguments) {
    return rlreason(std::move(arguments), scratch_.path());
  }
  json answer(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const Finished finished = run(std::move(arguments));
    EXPECT_EQ(finished.code, 0) << finished.err;
    return json::parse(finished.out, nullptr, false);
  }
  // 8 items; `right` holds one digit an item: how many of the two responses are right.  The file's own verdict calls the
  // first response of item 0 wrong.
  std::string lines(const std::string& right) {
    std::string text;
    for (size_t i = 0; i < right.size(); ++i)
      text += json({{"id", fmt::format("q{}", i)},
                    {"gold", std::to_string(10 + i)},
                    {"responses",
                     {right[i] > '0' ? fmt::format("#### {}", 10 + i) : "#### 1",
                      right[i] > '1' ? fmt::format("so {}.0", 10 + i) : "#### 2"}},
                    {"verdicts", {i != 0 && right[i] > '0', right[i] > '1'}},
                    {"scores", {1, 2}}})
                  .dump() +
              "\n";
    return text;
  }
  void grade(const std::string& system, const std::string& right) {
    const Finished finished =
        run({"evaluate", "--responses", write(system + ".jsonl", lines(right)).string(), "--suite",
             "toy", "--system", system, "--verifier", "number"});
    ASSERT_EQ(finished.code, 0) << finished.err;
  }
  void expect_error(const std::vector<std::string>& arguments, int code,
                    const std::vector<std::string>& words) {
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.code, code) << finished.err;
    for (const std::string& word : words)
      EXPECT_NE(finished.err.find(word), std::string::npos) << word << ": " << finished.err;
    EXPECT_FALSE(fs::exists(scratch_ / "runs")) << "something was written";
  }
  Scratch scratch_;
};

TEST_F(ResponsesCommand, GradesComparesRescoresRechecksAndExports) {
  const std::string file = write("a.jsonl", lines("22210000")).string();
  const json graded = answer(
      {"evaluate", "--responses", file, "--suite", "toy", "--system", "a", "--verifier", "number"});
  const json& suite = graded.at("suites").at(0);
  EXPECT_EQ(suite.at("n"), 8);
  EXPECT_DOUBLE_EQ(suite.at("accuracy").get<double>(), 7 / 16.0);
  EXPECT_DOUBLE_EQ(suite.at("pass_at_k").at("2").get<double>(), 0.5);
  EXPECT_DOUBLE_EQ(suite.at("best_of_k").at("2").get<double>(),
                   3 / 8.0);  // the second response has the higher score
  EXPECT_EQ(suite.at("agreement").at("equal"), 15);
  EXPECT_EQ(suite.at("agreement").at("disagreements").at(0).at("id"), "q0");
  EXPECT_EQ(answer({"evaluate", "--responses", file, "--suite", "toy", "--system", "a",
                    "--verifier", "number"})
                .at("reused"),
            true);

  grade("b", "22222100");
  const json compared = answer({"compare", "a", "b", "--discordant", "1"});
  const json& pair = compared.at("pairs").at(0);
  EXPECT_DOUBLE_EQ(pair.at("difference").get<double>(), -4 / 16.0);  // 1/2, 1, 1/2 of 8 items
  EXPECT_EQ(pair.at("test"), "sign_flip");
  EXPECT_DOUBLE_EQ(pair.at("p").get<double>(), 0.25);
  EXPECT_EQ(pair.at("discordant"), 3);
  EXPECT_EQ(pair.at("discordant_items").at(0).at("texts").at(0), "#### 13");
  EXPECT_EQ(pair.at("boundary").at("expanded"), 2);

  const json rescored = answer({"evaluate", "a", "--rescore", "exact,number"});
  EXPECT_EQ(rescored.at("rescore").at(0).at("gradings").size(), 3u);
  EXPECT_FALSE(rescored.at("rescore").at(0).at("flips").empty());
  EXPECT_DOUBLE_EQ(answer({"compare", "a", "b"}).at("pairs").at(0).at("difference").get<double>(),
                   -0.25);  // untouched
  EXPECT_TRUE(answer({"evaluate", "a", "--recheck"}).at("recheck").at(0).at("differences").empty());

  const json files =
      answer({"evaluate", "a", "--lm-eval", (scratch_ / "lm").string()}).at("lm_eval");
  const json results = json::parse(text_of(files.back().get<std::string>()));
  EXPECT_DOUBLE_EQ(results.at("results").at("toy").at("exact_match,none").get<double>(), 7 / 16.0);
  std::istringstream samples(text_of(files.front().get<std::string>()));
  std::string line;
  double sum = 0;
  int count = 0;
  while (std::getline(samples, line)) {
    sum += json::parse(line).at("exact_match").get<double>();
    ++count;
  }
  EXPECT_EQ(count, 8);
  EXPECT_DOUBLE_EQ(sum / count, 7 / 16.0);
}

TEST_F(ResponsesCommand, RecheckFindsAChangedText) {
  grade("a", "22210000");
  const fs::path runs = scratch_ / "runs";
  for (const auto& entry : fs::recursive_directory_iterator(runs))
    if (entry.path().extension() == ".gz")  // zlib reads plain text as it is
      std::ofstream(entry.path()) << R"({"id":"q0","sample":0,"gold":"10","text":"#### 99"})"
                                     "\n";
  const Finished finished = run({"evaluate", "a", "--recheck"});
  EXPECT_EQ(finished.code, 3) << finished.err;
}

TEST_F(ResponsesCommand, UnequalItemsAndVerifiersAreRefused) {
  grade("a", "22210000");
  grade("b", "2221000");
  const Finished refused = run({"compare", "a", "b"});
  EXPECT_EQ(refused.code, 5) << refused.err;
  EXPECT_NE(refused.err.find("--allow incomplete"), std::string::npos) << refused.err;
  EXPECT_EQ(answer({"compare", "a", "b", "--allow", "incomplete"}).at("pairs").at(0).at("n"), 7);
}

TEST_F(ResponsesCommand, WhatUsersGetWrong) {
  const std::string good = write("good.jsonl", lines("22")).string();
  const std::string twice = write("twice.jsonl", lines("2") + lines("2")).string();
  expect_error({"evaluate", "--responses", good, "--suite", "toy"}, 2, {"--system"});
  expect_error({"evaluate", "--responses", good, "--system", "a"}, 2, {"--suite"});
  expect_error({"evaluate", "x", "--responses", good, "--suite", "toy", "--system", "a"}, 2,
               {"both came"});
  expect_error({"evaluate", "--responses", good, "--suite", "toy", "--system", "../a"}, 2,
               {"--system", "../a"});
  expect_error(
      {"evaluate", "--responses", good, "--suite", "toy", "--system", "a", "--verifier", "numbr"},
      2, {"numbr", "number"});
  expect_error(
      {"evaluate", "--responses", good, "--suite", "toy", "--system", "a", "--map", "gld=x"}, 2,
      {"gld", "gold"});
  expect_error({"evaluate", "--responses", "none.jsonl", "--suite", "toy", "--system", "a"}, 3,
               {"none.jsonl"});
  expect_error(
      {"evaluate", "--responses", twice, "--suite", "toy", "--system", "a", "--verifier", "number"},
      3, {"twice.jsonl:2", "q0", "again"});
  expect_error({"evaluate", "--recheck"}, 2, {"required a stored evaluation"});
}

}  // namespace
}  // namespace rlreason
