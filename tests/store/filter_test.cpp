// Filters: what they choose, what they refuse, and that nothing typed becomes SQL.
#include "core/store/filter.h"

#include <cmath>

#include "core/build_info.h"
#include "core/error.h"
#include "core/random.h"
#include "core/store/filter_syntax.h"
#include "core/store/invalidations.h"
#include "core/store/tags.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

using runlog::Kind;
using runlog::Writer;

class Filter : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    store.emplace(Store::open(file));
    add("u1", "luffy", 1, 0.5, 3);
    add("u2", "grpo", 2, 0.25, 1);
    add("u3", "grpo", 3, std::nan(""), 0);
    store->register_run(run_json("u4", 4), folder / "u4");  // planned: nothing recorded
    add_tag(*store, "u1", "main");
    add_tag(*store, "u1", "best");
    add_tag(*store, "u2", "main");
    add_note(*store, "u3", "it's the 50% one");
    store->register_experiment({.name = "plan"});
    store->register_variant("plan", {.label = "full", .identity = "id-luffy"});
    store->register_cell("plan", "full", "u1");
    add_invalidation(*store, {.reason = "r", .runs = {"u2"}});
  }
  void add(const std::string& uid, const std::string& recipe, uint64_t seed, double loss,
           int right) {
    json run = run_json(uid, seed);
    run["recipe"] = recipe;
    run["config"]["clip"]["high"] = seed == 1 ? 0.28 : 0.2;
    run["config"]["loss"] = recipe + "_loss";
    const auto directory = make_run(uid, run);
    json greeting = hello();
    greeting["code"] = {{"source", uid == "u3" ? "older" : build_info().source}};
    Writer writer(directory, "0001-a", greeting);
    writer.append(Kind::step, step(0, 9.0));
    writer.append(Kind::step, step(1, loss));
    json items = json::array();
    for (int i = 0; i < 4; ++i)
      items.push_back({{"id", fmt::format("q{}", i)},
                       {"samples", {sample(0, i < right ? "right" : "wrong", "1")}}});
    writer.append(Kind::eval, eval("math500", 1, items));
    writer.close({{"exit_code", 0}, {"reason", ""}, {"iteration", 1}});
    store->ingest(directory);
  }
  std::string chosen(const std::string& filter) const {
    std::string all;
    for (const auto& uid : matching_runs(*store, filter)) all += uid.substr(1);
    return all;
  }
  std::string refusal(const std::string& filter) const {
    try {
      matching_runs(*store, filter);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }
  std::optional<Store> store;
};

TEST_F(Filter, ChoosesByColumnsTagsMetricsSuitesAndConfiguration) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"(recipe = "grpo")", "23"},
      {R"(recipe != "grpo")", "14"},
      {R"(recipe = 'grpo' and math500 > 0.2 or tag = "main")", "12"},
      {R"(tag = "main" or recipe = "grpo" and seed = 3)", "123"},
      {R"((tag = "main" or recipe = "grpo") and seed = 3)", "3"},
      {R"(not tag = "main")", "34"},
      {R"(tag != "main")", "34"},
      {R"(tag = "main" and tag = "best")", "1"},
      {R"(tag in ("best", "absent"))", "1"},
      {R"(seed in (1, 3.0, 9))", "13"},
      {R"(seed >= 2 and seed < 4)", "23"},
      {R"(math500 = 0.75)", "1"},
      {R"(not math500 > 0.5)", "234"},
      {R"(train/loss < 0.3)", "2"},
      {R"(train/loss.max = 9)", "123"},
      {R"(train/loss.nonfinite > 0)", "3"},
      {R"(clip.high = 0.28)", "14"},
      {R"(loss contains "uffy")", "1"},
      {R"(on = true)", "1234"},
      {R"(note contains "50%")", "3"},
      {R"(note contains "it's")", "3"},
      {R"(experiment = "plan" and variant = "full")", "1"},
      {R"(state = "planned")", "4"},
      {R"(iteration = 1)", "123"},
      {R"(stale = true)", "3"},
      {R"(stale = false)", "124"},
      {R"(invalid = true)", "2"},
      {R"(invalid != true)", "134"},
      {R"(not not uid contains "u")", "1234"},
      {R"(name = "'; DROP TABLE run; --")", ""},
      {R"(name = "a\"b")", ""},
  };
  for (const auto& [filter, expected] : cases) EXPECT_EQ(chosen(filter), expected) << filter;
  EXPECT_EQ(only_matching(*store, store->runs(), "").size(), 4u);
  EXPECT_EQ(only_matching(*store, store->runs(), "seed = 2").at(0).uid, "u2");
}

TEST_F(Filter, RefusesWithThePlaceAndTheNearestName) {
  EXPECT_NE(refusal("recipee = \"x\"").find("did you mean 'recipe'"), std::string::npos)
      << refusal("recipee = \"x\"");
  EXPECT_NE(refusal("seed = 1 and mathh500 > 1").find("at character 14"), std::string::npos);
  EXPECT_NE(refusal("mathh500 > 1").find("'math500'"), std::string::npos);
  for (const std::string bad : {"",
                                "seed",
                                "seed =",
                                "= 1",
                                "seed = \"1\"",
                                "recipe = grpo",
                                "recipe = 1",
                                "seed = 1 and",
                                "(seed = 1",
                                "seed = 1)",
                                "seed = 1 seed = 2",
                                "recipe = \"x",
                                "math500 contains \"a\"",
                                "math500 > \"a\"",
                                "tag = 1",
                                "stale > true",
                                "stale = 1",
                                "seed in 1",
                                "seed in ()",
                                "seed in (1",
                                "seed = 1; DROP TABLE run",
                                "seed = 1e",
                                "seed = --1",
                                "train/loss.median > 1",
                                "r.uid = \"u1\"",
                                "seed = (SELECT 1)",
                                "\x01",
                                "clip.high in (1, \"a\")"})
    EXPECT_NE(refusal(bad), "") << bad;
  EXPECT_NE(refusal(std::string(5000, '(')), "");
  EXPECT_NE(refusal(std::string(200, '(') + "seed = 1" + std::string(200, ')')), "");
  std::string nots;
  for (int i = 0; i < 1000; ++i) nots += "not ";
  EXPECT_NE(refusal(nots + "seed = 1"), "");
  EXPECT_EQ(store->runs().size(), 4u);
}

TEST_F(Filter, AnyTextIsAnAnswerOrASentence) {
  Sequence random({.seed = 3});
  const std::vector<std::string> words = {
      "seed", "recipe", "tag",      "not",        "and",  "or", "(",     ")",    "=",    "!=",
      "<",    "in",     "1",        "\"a\"",      "'",    "\"", ",",     "true", "--",   "math500",
      ";",    "?",      "contains", "train/loss", "NULL", "\\", "stale", "x",    "-1e5", "\xff"};
  size_t answered = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text;
    const int n = 1 + static_cast<int>(random.uniform() * 9);
    for (int i = 0; i < n; ++i)
      text +=
          words[static_cast<size_t>(random.uniform() * static_cast<double>(words.size()))] + " ";
    try {
      matching_runs(*store, text);
      ++answered;
    } catch (const UserError&) {
    }
  }
  EXPECT_GT(answered, 0u);
  EXPECT_EQ(store->runs().size(), 4u);
}

}  // namespace
}  // namespace rlreason::store
