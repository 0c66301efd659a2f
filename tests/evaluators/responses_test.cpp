// Responses made elsewhere: shapes, refusals with file and line, grading in any number of threads, agreement, stored texts.
#include "evaluators/responses.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "evaluators/agreement.h"
#include "evaluators/grading.h"
#include "evaluators/repetition.h"
#include "evaluators/stored_texts.h"
#include "tests/support/scratch.h"

namespace rlreason::eval {
namespace {

using testing_support::Scratch;

class Responses : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& text, const std::string& name = "r.jsonl") {
    process::write_file_atomic(scratch / name, text);
    return scratch / name;
  }
  std::vector<GivenItem> read(const std::string& text, const ResponseShape& shape = {}) {
    return read_responses(write(text), shape);
  }
  // The sentence of the DataError.
  std::string refused(const std::string& text, const ResponseShape& shape = {}) {
    try {
      read(text, shape);
    } catch (const DataError& error) {
      return error.what();
    }
    ADD_FAILURE() << "was read: " << text;
    return "";
  }
  Scratch scratch;
};

TEST_F(Responses, OwnShape) {
  const auto items = read(
      R"({"id":"a","gold":"7","responses":["7","8"],"verdicts":[true,"wrong"],"scores":[0.5,[2]],"category":"x","choices":["p","q"]})"
      "\n\n"
      R"({"id":2,"gold":-3,"responses":"-3"})");
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].responses[0].verdict, true);
  EXPECT_EQ(items[0].responses[1].verdict, false);
  EXPECT_EQ(items[0].responses[1].score, 2.0);
  EXPECT_EQ(items[0].choices, (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(items[0].category, "x");
  EXPECT_EQ(items[1].id, "2");
  EXPECT_EQ(items[1].gold, "-3");
  EXPECT_FALSE(items[1].responses[0].verdict);
  EXPECT_TRUE(items[1].where.ends_with("r.jsonl:3"));
}

TEST_F(Responses, MapsReachIntoOtherShapesAndNumberTheRecords) {
  const ResponseShape shape{
      .map = parse_response_map({"id=#number", "gold=truth", "responses=m.out", "answers=m.pred"}),
      .gold_after = "A:"};
  const auto items = read(R"({"truth":"x A: 1 so\nA: 18 ","m":{"out":"18","pred":"18"},"extra":1})"
                          "\n"
                          R"({"truth":"A: 4","m":{"out":"","pred":null}})",
                          shape);
  EXPECT_EQ(items[0].id, "1");
  EXPECT_EQ(items[1].id, "2");
  EXPECT_EQ(items[0].gold, "18");
  EXPECT_EQ(items[0].responses[0].verdict, true);   // what they extracted is the gold
  EXPECT_EQ(items[1].responses[0].verdict, false);  // they extracted nothing
  EXPECT_EQ(items[1].responses[0].text, "");
}

TEST_F(Responses, AJsonArrayIsReadLikeLines) {
  const auto items = read_responses(
      write(R"([{"id":"a","gold":"1","responses":["1"]},{"id":"b","gold":"2","responses":["3"]}])",
            "r.json"),
      {});
  EXPECT_EQ(items.size(), 2u);
}

TEST_F(Responses, WhatIsWrongIsNamedWithItsLine) {
  const std::string good = R"({"id":"a","gold":"1","responses":["1"]})"
                           "\n";
  const auto holds = [&](const std::string& text, const std::vector<std::string>& words,
                         const ResponseShape& shape = {}) {
    const std::string sentence = refused(text, shape);
    for (const std::string& word : words)
      EXPECT_NE(sentence.find(word), std::string::npos) << sentence << " / " << word;
  };
  holds(good + R"({"gold":"1","responses":["1"]})", {"r.jsonl:2", "an id"});
  holds(good + R"({"id":"","gold":"1","responses":["1"]})", {"r.jsonl:2", "an id"});
  holds(good + good, {"r.jsonl:2", "'a' came again", "r.jsonl:1"});
  holds(good + R"({"id":"b","gold":"1","responses":[]})", {"r.jsonl:2", "at least one response"});
  holds(good + R"({"id":"b","gold":"1"})", {"r.jsonl:2", "at least one response"});
  holds(good + R"({"id":"b","gold":"1","responses":[null]})", {"r.jsonl:2", "responses of texts"});
  holds(good + R"({"id":"b","gold":"1","responses":["1","2"],"verdicts":[true]})",
        {"r.jsonl:2", "2 verdicts for 2 responses", "1 came"});
  holds(good + R"({"id":"b","gold":"1","responses":["1"],"verdicts":["yes"]})",
        {"r.jsonl:2", "yes"});
  holds(good + R"({"id":"b","gold":"1","responses":["1"],"scores":["high"]})",
        {"r.jsonl:2", "scores"});
  holds(good + R"({"id":"b","gold":"1","responses":["1"],"verdict":[true]})",
        {"r.jsonl:2", "'verdict'", "did you mean 'verdicts'"});
  holds(good + R"({"id":"b","gold":{"x":1},"responses":["1"]})", {"r.jsonl:2", "gold"});
  holds(good + "{\"id\":\"b\xff\",\"gold\":\"1\",\"responses\":[\"1\"]}", {"r.jsonl:2"});
  holds(good + R"({"id":"b",)", {"r.jsonl:2"});
  holds(good + R"([1])", {"r.jsonl:2"});
  holds("", {"r.jsonl"});
  holds(R"({"id":"b","gold":"no mark","responses":["1"]})", {"r.jsonl:1", "####"},
        {.map = {}, .gold_after = "####"});
}

TEST_F(Responses, MapsAreChecked) {
  EXPECT_THROW(parse_response_map({"responses"}), UserError);
  EXPECT_THROW(parse_response_map({"=x"}), UserError);
  EXPECT_THROW(parse_response_map({"response=x"}), UserError);
  EXPECT_THROW(parse_response_map({"id=a", "id=b"}), UserError);
}

TEST_F(Responses, GradingIsTheSameForAnyThreadCount) {
  std::string lines;
  for (int i = 0; i < 200; ++i)
    lines += fmt::format(R"({{"id":"{}","gold":"{}","responses":["it is {}","#### {}",""]}})"
                         "\n",
                         i, i, i + i % 2, i);
  const auto items = read(lines);
  GradeOptions options{.verifier = "number", .threads = 1, .options = {}, .progress = {}};
  const auto one = facts_json(items, grade(items, options));
  options.threads = 4;
  EXPECT_EQ(one, facts_json(items, grade(items, options)));
  EXPECT_EQ(one[1]["samples"][0]["outcome"], "wrong");
  EXPECT_EQ(one[1]["samples"][1]["outcome"], "right");
  EXPECT_EQ(one[1]["samples"][2]["outcome"], "wrong");  // an empty response has no answer
  EXPECT_EQ(one[1]["samples"][2]["answer"], "");
}

TEST_F(Responses, AGoldThatDoesNotParseIsUnscored) {
  const auto items = read(R"({"id":"a","gold":"no number","responses":["7"]})");
  const auto facts =
      facts_json(items, grade(items, {.verifier = "number", .options = {}, .progress = {}}));
  EXPECT_EQ(facts[0]["samples"][0]["outcome"], "unscored");
}

TEST_F(Responses, GoldsComeFromTheSuiteByIdAndUnknownItemsAreNamed) {
  data::Prompt prompt;
  prompt.id = "q1";
  prompt.gold = "5";
  prompt.verifier = "number";
  prompt.category = "c";
  std::map<std::string, data::AnswerOptions> options;
  auto items = read(R"({"id":"q1","responses":["5"]})");
  fill_from_prompts(items, {prompt}, "s", options);
  EXPECT_EQ(items[0].gold, "5");
  EXPECT_EQ(items[0].category, "c");
  items = read(
      "\n"
      R"({"id":"q9","responses":["5"]})");
  try {
    fill_from_prompts(items, {prompt}, "s", options);
    FAIL();
  } catch (const DataError& error) {
    const std::string sentence = error.what();
    EXPECT_NE(sentence.find("r.jsonl:2"), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("'q9'"), std::string::npos) << sentence;
  }
  EXPECT_THROW(grade(items, {.verifier = "number", .options = {}, .progress = {}}), DataError);
}

TEST(Agreement, KappaByHandAndDisagreementsListed) {
  // 20 both right, 15 both wrong, 5 only ours, 10 only theirs: rate 0.7, chance (25*30 + 25*20)/2500 = 0.5, kappa 0.4.
  Agreement agreement;
  const auto add = [&](int times, data::Outcome ours, data::Outcome theirs) {
    for (int i = 0; i < times; ++i)
      agreement.add({.item = std::to_string(i),
                     .sample = 0,
                     .ours = ours,
                     .theirs = theirs,
                     .our_answer = {},
                     .their_answer = {},
                     .our_rule = {},
                     .their_rule = {}});
  };
  add(20, data::Outcome::right, data::Outcome::right);
  add(15, data::Outcome::wrong, data::Outcome::wrong);
  add(5, data::Outcome::right, data::Outcome::wrong);
  add(10, data::Outcome::wrong, data::Outcome::right);
  EXPECT_DOUBLE_EQ(agreement.rate(), 0.7);
  EXPECT_NEAR(agreement.kappa(), 0.4, 1e-12);
  EXPECT_EQ(agreement.disagreements.size(), 15u);
  EXPECT_TRUE(std::isnan([] {
    Agreement all;
    all.add({.item = "i",
             .sample = 0,
             .our_answer = {},
             .their_answer = {},
             .our_rule = {},
             .their_rule = {}});
    return all.kappa();
  }()));
  EXPECT_THROW(Agreement{}.rate(), UserError);
}

TEST(StoredTexts, ComeBackAsWrittenAndDamageIsNamed) {
  const Scratch scratch;
  std::vector<StoredText> texts(2);
  texts[0] = {.id = "a",
              .sample = 3,
              .gold = "7",
              .text = "line\none \xF0\x9F\x98\x80",
              .prompt = "p",
              .category = "c",
              .choices = {"x", "y"},
              .options = {}};
  texts[0].options.float_rounding = 3;
  texts[1] = {.id = "b",
              .sample = 0,
              .gold = "",
              .text = std::string(200000, 'z'),
              .prompt = {},
              .category = {},
              .choices = {},
              .options = {}};
  write_texts(scratch / "t.gz", texts);
  std::vector<StoredText> read;
  for_each_text(scratch / "t.gz", [&](StoredText text) { read.push_back(std::move(text)); });
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].text, texts[0].text);
  EXPECT_EQ(read[0].choices, texts[0].choices);
  EXPECT_EQ(read[0].options, texts[0].options);
  EXPECT_EQ(read[1].text.size(), 200000u);
  std::string bytes = process::read_file(scratch / "t.gz");
  process::write_file_atomic(scratch / "cut.gz", bytes.substr(0, bytes.size() / 2));
  EXPECT_THROW(for_each_text(scratch / "cut.gz", [](const StoredText&) {}), DataError);
  EXPECT_THROW(for_each_text(scratch / "none.gz", [](const StoredText&) {}), DataError);
}

TEST(Repetition, LoopsAtTheEndAreFoundAndLinesAreNot) {
  std::string loop = "First I think. ";
  for (int i = 0; i < 6; ++i) loop += "The answer is therefore 12. ";
  EXPECT_TRUE(ends_in_circles(loop));
  EXPECT_TRUE(ends_in_circles("0." + std::string(100, '0')));
  EXPECT_FALSE(
      ends_in_circles(loop + "Done: it is 12 after all, which we check once more by hand."));
  EXPECT_FALSE(ends_in_circles("A table\n" + std::string(200, '-')));
  EXPECT_FALSE(ends_in_circles("1000000"));
  EXPECT_FALSE(ends_in_circles(""));
}

}  // namespace
}  // namespace rlreason::eval
