// The published tables that travel in the binary, and numbers of ours beside them.
#include "sweeps/compare/published.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/embedded.h"
#include "core/error.h"
#include "sweeps/reproduce.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

TEST(Published, EveryFileParsesAndSaysWhereItIsFrom) {
  const auto names = published_names();
  EXPECT_GE(names.size(), 8u);
  for (const std::string& name : names) {
    const PublishedFile file = load_published(name);
    EXPECT_TRUE(file.source.starts_with("arXiv:")) << name;
    EXPECT_EQ(file.digest.size(), 64u);
    std::set<std::string> places;
    for (const store::PublishedRow& row : to_rows(file)) {
      EXPECT_FALSE(row.locator.empty());
      EXPECT_FALSE(row.system.empty());
      ASSERT_TRUE(row.value) << name << " " << row.system;
      EXPECT_GE(*row.value, 0);
      EXPECT_LE(*row.value, 100);
      EXPECT_TRUE(places
                      .insert(row.source_version + row.locator + row.base_model + row.system +
                              row.benchmark)
                      .second)
          << name << ": " << row.locator << " " << row.system << " " << row.benchmark << " twice";
    }
  }
}

TEST(Published, RecipesExist) {
  for (const std::string& name : published_names())
    for (const PublishedTable& table : load_published(name).tables)
      for (const PublishedSystem& row : table.rows)
        EXPECT_TRUE(row.recipe.empty() || embedded_file("trainers/recipes/" + row.recipe + ".yaml"))
            << name << ": " << row.recipe;
}

// A printed average is the mean of the printed values, to rounding, or the row says why not.
TEST(Published, AveragesAreThoseOfTheValues) {
  int checked = 0;
  for (const std::string& name : published_names())
    for (const PublishedTable& table : load_published(name).tables)
      for (const PublishedSystem& row : table.rows) {
        if (!row.average || !row.note.empty()) continue;
        double sum = 0;
        for (const auto& value : row.values) sum += *value;
        EXPECT_NEAR(*row.average, sum / static_cast<double>(row.values.size()), 0.111)
            << name << " " << table.name << ": " << row.system;
        ++checked;
      }
  EXPECT_GT(checked, 50);
}

TEST(Published, LuffysMainRow) {
  const PublishedFile file = load_published("luffy");
  for (const store::PublishedRow& row : to_rows(file))
    if (row.system == "LUFFY" && row.benchmark == "aime24" &&
        row.locator.starts_with("Table 1, in")) {
      EXPECT_EQ(row.value, 29.4);
      EXPECT_EQ(row.k, 32);
      EXPECT_EQ(row.base_model, "Qwen2.5-Math-7B");
      EXPECT_EQ(row.protocol["grader"], "oat");
      return;
    }
  FAIL() << "no such row";
}

std::string refusal(const std::string& yaml) {
  try {
    parse_published(yaml, "p.yaml");
  } catch (const UserError& error) {
    return error.what();
  }
  return "none";
}

TEST(Published, BadFilesAreNamed) {
  const std::string head =
      "source: \"arXiv:1\"\ntables:\n  - {name: t, locator: l, base_model: m, benchmarks: [a, b], ";
  EXPECT_NE(refusal(head + "k: [1], rows: [{system: s, values: [1, 2]}]}\n")
                .find("one k a benchmark (2), 1 came"),
            std::string::npos);
  EXPECT_NE(refusal(head + "k: [1, null], rows: [{system: s, values: [1]}]}\n")
                .find("one value a benchmark (2), 1 came"),
            std::string::npos);
  EXPECT_NE(refusal(head + "k: [1, 1], rows: [{system: s, values: [1, 101]}]}\n")
                .find("points from 0 to 100, 101 came"),
            std::string::npos);
  EXPECT_NE(refusal(head + "k: [1, 1], rows: [{system: s, value: [1, 1]}]}\n").find("did you mean"),
            std::string::npos);
  EXPECT_EQ(refusal(head + "k: [1, null], rows: [{system: s, values: [1, null]}]}\n"), "none");
}

TEST(Published, TheProtocolScoreCountsWhatIsSaid) {
  store::PublishedRow row;
  row.k = 32;
  row.protocol = {{"temperature", 0.6},
                  {"top_p", nullptr},
                  {"max_tokens", 8192},
                  {"grader", "oat"},
                  {"template", nullptr}};
  const json ours = {
      {"temperature", 0.6}, {"max_new_tokens", 4096}, {"verifiers", {"oat@3"}}, {"samples", 32}};
  const ProtocolScore score = protocol_score(row, ours, 32);
  EXPECT_EQ(score.same, 3);    // k, temperature, grader
  EXPECT_EQ(score.differ, 1);  // max_tokens
  EXPECT_EQ(score.unstated, 2);
  EXPECT_EQ(score.words(), "3 same, 1 differ (max_tokens: 8192, ours 4096), 2 unstated");
}

TEST(Published, OursStandBesideTheSystemOfTheSameRecipe) {
  const PublishedFile file = load_published("luffy");
  ComparisonInput input;
  for (uint64_t seed : {0u, 1u}) {
    CellFacts cell{.row = "mine", .seed = seed};
    cell.training.emplace();
    cell.training->recipe = "luffy";
    store::EvalFacts& facts = cell.suites["aime24"];
    facts.row.protocol = {{"temperature", 1.0}};
    for (int item = 0; item < 4; ++item)
      facts.items.push_back(
          {.id = std::to_string(item),
           .samples = {
               {.sample = 0, .outcome = item < 1 + static_cast<int>(seed) ? "right" : "wrong"}}});
    input.cells.push_back(cell);
  }
  int found = 0;
  for (const BesideOurs& pair : beside(file, input)) {
    if (pair.our_row.empty()) continue;
    ++found;
    EXPECT_EQ(pair.row.benchmark, "aime24");
    EXPECT_NEAR(pair.ours.mean, 37.5, 1e-9);  // 25 and 50 points
    ASSERT_TRUE(pair.score);
    EXPECT_GE(pair.score->differ, 2);  // k and temperature
  }
  EXPECT_GE(found, 3);  // the main table, the components and version 1 have LUFFY on AIME 2024
}

TEST(Reproduce, ListsWhatIsMissingForTheRealThing) {
  const Reproduction r = plan_reproduction(
      {.paper = "luffy", .row = "LUFFY", .table = "", .setting = "", .weights = ""}, nullptr);
  EXPECT_FALSE(r.complete());
  EXPECT_TRUE(r.plan_text.empty());
  ASSERT_EQ(r.table.rows.size(), 1u);
  EXPECT_EQ(r.table.rows[0].gpu_hours, 616);
  const std::string text = render(r);
  EXPECT_NE(text.find("weights of Qwen2.5-Math-7B"), std::string::npos);
  EXPECT_NE(text.find("rlreason prepare-data aime24 --from FILE --out data/aime24"),
            std::string::npos);
}

TEST(Reproduce, OnTheTinyTrackItIsAPlanThatResolves) {
  const Reproduction r = plan_reproduction({.paper = "luffy",
                                            .row = "",
                                            .table = "components",
                                            .setting = "tiny",
                                            .weights = "",
                                            .seeds = 2},
                                           nullptr);
  EXPECT_TRUE(r.complete());
  const ExpandedPlan plan = expand(parse_plan(r.plan_text, "p.yaml"));
  EXPECT_EQ(plan.rows, (std::vector<std::string>{"base", "mixed_policy", "mixed_policy_shaping",
                                                 "luffy", "on_policy", "on_policy_no_clip"}));
  EXPECT_EQ(plan.plan.seeds.size(), 2u);
}

TEST(Reproduce, UnknownRowsAndTablesAreAnsweredWithTheNearest) {
  const auto sentence = [](const ReproduceRequest& request) {
    try {
      plan_reproduction(request, nullptr);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_NE(sentence({.paper = "luffy", .row = "LUFY", .table = "", .setting = "", .weights = ""})
                .find("did you mean 'LUFFY'?"),
            std::string::npos);
  EXPECT_NE(sentence({.paper = "luffy", .row = "", .table = "mian", .setting = "", .weights = ""})
                .find("did you mean 'main'?"),
            std::string::npos);
  EXPECT_NE(sentence({.paper = "lufy", .row = "", .table = "", .setting = "", .weights = ""})
                .find("did you mean 'luffy'?"),
            std::string::npos);
}

}  // namespace
}  // namespace rlreason::sweep
