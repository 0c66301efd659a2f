// Mixtures: shares in every prefix, each row once, stages in order, the same bytes again; what cannot be mixed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/config/parse.h"
#include "core/error.h"
#include "datasets/dataset.h"
#include "datasets/prepare.h"
#include "tests/datasets/scratch.h"

namespace rlreason::data {
namespace {

using testing::HasSubstr;

class Mixture : public ScratchTest {
 protected:
  void SetUp() override {
    ScratchTest::SetUp();
    part("big", 90);
    part("small", 30);
  }
  void part(const std::string& name, int rows) {
    std::string lines;
    for (int i = 0; i < rows; ++i)
      lines += fmt::format(
          R"({{"id": "{0}", "text": "{1} {0}", "gold": "1", "verifier": "exact", "category": "{2}", "difficulty": {3}}})"
          "\n",
          i, name, i % 3 == 0 ? "algebra" : "geometry", i % 10);
    PrepareConfig config{.source = "jsonl", .name = name};
    config.from = {write(name + ".jsonl", lines)};
    prepare(config, folder() / name);
  }
  PrepareConfig mixed(const std::string& rest, double big = 1, double small = 1,
                      const std::string& of_small = "") {
    PrepareConfig config{.source = "mixture", .name = "mixed"};
    config.settings = config::parse_yaml(
        fmt::format("{{parts: [{{dataset: '{}', weight: {}}}, {{dataset: '{}', weight: {}{}}}]{}}}",
                    (folder() / "big").string(), big, (folder() / "small").string(), small,
                    of_small, rest),
        "test");
    return config;
  }
  std::vector<Prompt> rows(const PrepareConfig& config) {
    std::filesystem::remove_all(folder() / "out");
    prepare(config, folder() / "out");
    return Dataset::load(folder() / "out").prompts;
  }
  template <class E>
  std::string refused(const PrepareConfig& config) {
    try {
      rows(config);
    } catch (const E& error) {
      return error.what();
    }
    return "nothing was refused";
  }
};

TEST_F(Mixture, SharesHoldInEveryPrefixAndEachRowComesOnce) {
  const auto all = rows(mixed("", 3, 1.5));
  std::set<std::string> ids;
  double small = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    small += all[i].id.starts_with("small/");
    EXPECT_LE(std::abs(small - static_cast<double>(i + 1) / 3), 1.0) << i;
    EXPECT_TRUE(ids.insert(all[i].id).second);
  }
  EXPECT_GE(all.size(), 89u);  // until the first part runs out: 30 small and 60 big
  EXPECT_LE(all.size(), 91u);
}

TEST_F(Mixture, EqualSeedsGiveEqualBytes) {
  PrepareConfig config = mixed(", rows: 40");
  const std::string first = prepare(config, folder() / "x").digest;
  EXPECT_EQ(prepare(config, folder() / "y").digest, first);
  config.seed = 1;
  const PreparedSummary other = prepare(config, folder() / "z");
  EXPECT_NE(other.digest, first);
  EXPECT_EQ(other.manifest.at("parts").at(0).at("rows"), 20);
  EXPECT_EQ(other.manifest.at("parts").at(1).at("of"), 30);
  EXPECT_EQ(other.manifest.at("parts").at(0).at("digest"), Dataset::load(folder() / "big").digest);
}

TEST_F(Mixture, RowsGoOnWithThePartsThatAreLeftOrRepeat) {
  EXPECT_EQ(rows(mixed(", rows: 120")).size(), 120u);
  EXPECT_THAT(refused<DataError>(mixed(", rows: 121")), HasSubstr("120 fit"));
  const auto repeated = rows(mixed(", rows: 150", 1, 1, ", repeat: true"));
  EXPECT_EQ(repeated.size(), 150u);
  EXPECT_EQ(std::count_if(repeated.begin(), repeated.end(),
                          [](const Prompt& p) { return p.id.starts_with("small/"); }),
            75);
}

TEST_F(Mixture, StagesFollowOneAnotherAndUseARowOnce) {
  const auto all =
      rows(mixed(", stages: [{name: easy, hardest: 3, rows: 20}, {name: hard, easiest: 4, "
                 "categories: [algebra], rows: 10}, {parts: [small]}]"));
  std::set<std::string> ids;
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_TRUE(ids.insert(all[i].id).second);
    if (i < 20) {
      EXPECT_LE(*all[i].difficulty, 3);
    }
    if (i >= 20 && i < 30) {
      EXPECT_GE(*all[i].difficulty, 4);
      EXPECT_EQ(all[i].category, "algebra");
    }
    if (i >= 30) {
      EXPECT_TRUE(all[i].id.starts_with("small/"));
    }
  }
  const auto manifest = Dataset::load(folder() / "out").manifest;
  EXPECT_EQ(manifest.at("stages").at(1).at("first_row"), 20);
  EXPECT_EQ(manifest.at("stages").at(2).at("rows"), all.size() - 30);
}

TEST_F(Mixture, ByDifficultyIsEasiestFirst) {
  const auto all = rows(mixed(", rows: 60, order: difficulty"));
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const Prompt& a, const Prompt& b) {
    return *a.difficulty < *b.difficulty;
  }));
}

TEST_F(Mixture, WrongSettingsAreSentences) {
  EXPECT_THAT(refused<DataError>(mixed(", stages: [{categories: [astrology]}]")),
              HasSubstr("stage 1"));
  EXPECT_THAT(refused<UserError>(mixed(", stages: [{parts: [smal]}]")), HasSubstr("'small'"));
  EXPECT_THAT(refused<UserError>(mixed("", 1, 1, ", name: big")), HasSubstr("came twice"));
  EXPECT_THAT(refused<DataError>(mixed("", 0, 0)), HasSubstr("at least one row"));
  PrepareConfig config{.source = "mixture"};
  EXPECT_THAT(refused<UserError>(config), HasSubstr("parts"));
}

}  // namespace
}  // namespace rlreason::data
