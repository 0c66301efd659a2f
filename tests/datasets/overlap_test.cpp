// Runs of words shared between data sets, against counting by hand, and what the manifest and a footnote say of them.
#include "datasets/overlap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "datasets/dataset.h"
#include "datasets/prepare.h"
#include "tests/datasets/scratch.h"

namespace rlreason::data {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::string words(int from, int count) {
  std::string text;
  for (int i = from; i < from + count; ++i) text += "w" + std::to_string(i) + " ";
  return text;
}

TEST(GramIndex, ThirteenWordsInARowAreFoundAndTwelveAreNot) {
  GramIndex index;
  index.add(0, words(0, 40));
  index.add(1, words(100, 40));
  index.prune(2);
  EXPECT_THAT(index.find("before " + words(5, 13) + "after"), ElementsAre(0));
  EXPECT_TRUE(index.find("before " + words(5, 12) + "after").empty());
  EXPECT_THAT(index.find(words(110, 14) + words(20, 15)), ElementsAre(0, 1));
}

TEST(GramIndex, ShortItemsAreFoundByEightWords) {
  GramIndex index;
  index.add(0, words(0, 10));
  index.add(1, words(50, 7));
  index.add(2, words(100, 26));  // twice thirteen: not short
  index.prune(3);
  EXPECT_THAT(index.find("x " + words(1, 8)), ElementsAre(0));
  EXPECT_TRUE(index.find(words(1, 7)).empty());
  EXPECT_TRUE(index.find(words(50, 7)).empty());
  EXPECT_TRUE(index.find(words(105, 12)).empty());
}

TEST(GramIndex, CaseAndPunctuationSeparateNothing) {
  GramIndex index;
  index.add(0, "A train leaves at 9, and arrives: when? If it runs 60 km/h over 120 km.");
  index.prune(1);
  EXPECT_THAT(index.find("a TRAIN leaves at 9 and arrives when, if it RUNS 60 (km h) over"),
              ElementsAre(0));
}

TEST(GramIndex, BoilerplateIsIgnored) {
  GramIndex index;
  for (uint32_t i = 0; i < 100; ++i)
    index.add(i, words(0, 20) + words(1000 + 50 * static_cast<int>(i), 20));
  index.prune(100);
  EXPECT_TRUE(index.find(words(0, 20)).empty());
  EXPECT_THAT(index.find(words(1000 + 50 * 7, 20)), ElementsAre(7));
}

// Against comparing every run with every run, on texts over a small vocabulary.
TEST(GramIndex, EqualsComparingAllRuns) {
  std::mt19937 random(3);
  const auto text = [&](size_t length) {
    std::vector<int> out(length);
    for (int& word : out) word = static_cast<int>(random() % 3);
    return out;
  };
  const auto join = [](const std::vector<int>& list) {
    std::string out;
    for (const int word : list) out += "abc"[word] + std::string(" ");
    return out;
  };
  for (int round = 0; round < 300; ++round) {
    const auto item = text(5 + random() % 20), other = text(5 + random() % 30);
    GramIndex index({.words = 6, .short_words = 4});
    index.add(0, join(item));
    index.prune(1);
    const size_t length = item.size() < 12 ? 4 : 6;  // a short item's runs of four are in both
    bool expected = false;
    for (size_t i = 0; i + length <= item.size(); ++i)
      for (size_t j = 0; j + length <= other.size(); ++j)
        expected |= std::equal(item.begin() + static_cast<long>(i),
                               item.begin() + static_cast<long>(i + length),
                               other.begin() + static_cast<long>(j));
    EXPECT_EQ(!index.find(join(other)).empty(), expected) << join(item) << "| " << join(other);
  }
}

class OverlapReport : public ScratchTest {};

TEST_F(OverlapReport, CountsPromptsAndDemonstrationsApart) {
  const auto row = [](const std::string& id, const std::string& text,
                      const std::string& demonstration) {
    json object = {{"id", id}, {"text", text}, {"gold", "1"}, {"verifier", "exact"}};
    if (!demonstration.empty()) object["demonstrations"] = {{{"text", demonstration}}};
    return object.dump() + "\n";
  };
  PrepareConfig config{.source = "jsonl", .name = "mine"};
  config.from = {
      write("train.jsonl", row("a", words(0, 30), "") + row("b", "new " + words(100, 30), "") +
                               row("c", "other", "I know this: " + words(200, 30) + "so 1") +
                               row("d", "alone", ""))};
  config.against = {
      write("test.jsonl", row("t0", words(0, 30), "") + row("t1", words(100, 30), "") +
                              row("t2", words(200, 30), "") + row("t3", words(300, 30), ""))};
  config.demonstrations = DemonstrationPolicy::keep;
  const PreparedSummary summary = prepare(config, folder() / "out");
  const json entry = summary.manifest.at("overlap").at(0);
  EXPECT_EQ(entry.at("with"), "test.jsonl");
  EXPECT_EQ(entry.at("of"), 4);
  EXPECT_EQ(entry.at("rows"), 1);
  EXPECT_EQ(entry.at("prompt_rows"), 2);
  EXPECT_EQ(entry.at("demonstration_rows"), 1);
  EXPECT_EQ(entry.at("item_ids"), json({"t0", "t1", "t2"}));
  EXPECT_EQ(summary.overlapping, 1);
  EXPECT_THAT(overlap_footnotes(summary.manifest),
              ElementsAre("test.jsonl: of 4 items, 1 stand in the prompts of mine word for word, 2 "
                          "share 13 words in a row with a "
                          "prompt (8 when short), 1 with a demonstration."));
  EXPECT_EQ(Dataset::load(folder() / "out").manifest.at("overlap").at(0), entry);
}

TEST_F(OverlapReport, NothingFoundIsSaidInTheManifestAndInNoFootnote) {
  PrepareConfig config;
  config.rows = 5;
  config.against_blocks = {
      {.task = "ledger", .settings = config.settings, .seed = 5, .stream = "suite", .rows = 3}};
  const PreparedSummary summary = prepare(config, folder() / "out");
  EXPECT_EQ(summary.manifest.at("overlap").at(0).at("with"), "suite");
  EXPECT_EQ(summary.manifest.at("overlap").at(0).at("of"), 3);
  if (summary.manifest.at("overlap").at(0).at("item_ids").empty()) {
    EXPECT_TRUE(overlap_footnotes(summary.manifest).empty());
  }
  EXPECT_TRUE(overlap_footnotes(json::object()).empty());
}

}  // namespace
}  // namespace rlreason::data
