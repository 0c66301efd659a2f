// Axes, conditions, samples and ablations: which rows they make, and what is refused before anything starts.
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "core/error.h"
#include "sweeps/plan.h"
#include "sweeps/plan_paths.h"

namespace rlreason::sweep {
namespace {

Plan parsed(const std::string& body) {
  return parse_plan("name: p\nseeds: 2\n" + body, "plan.yaml");
}

std::vector<std::string> labels_of(const Plan& plan) {
  std::vector<std::string> labels;
  for (const PlanRow& row : plan.recipes) labels.push_back(row.label);
  return labels;
}

using Labels = std::vector<std::string>;

template <class Act>
std::string error_of(Act&& act) {
  try {
    act();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}
std::string parse_error(const std::string& body) {
  return error_of([&] { parsed(body); });
}

TEST(PlanAxes, GridTimesZipTimesRecipes) {
  const Plan plan = parsed(
      "recipes: [luffy, on_policy]\ngrid: {update.lr: [1e-4, 3e-4]}\n"
      "zip: {update.mini_batches: [1, 2], update.iterations: [100, 50]}\n");
  ASSERT_EQ(plan.recipes.size(), 8u);
  EXPECT_EQ(plan.recipes[0].label, "luffy lr=1e-4 mini_batches=1 iterations=100");
  EXPECT_EQ(plan.recipes[7].label, "on_policy lr=3e-4 mini_batches=2 iterations=50");
  EXPECT_EQ(plan.recipes[7].set,
            (Labels{"update.lr=3e-4", "update.mini_batches=2", "update.iterations=50"}));
  EXPECT_EQ(plan.recipes[0].toggles, nlohmann::json::parse(R"({"update.lr": 1e-4,
    "update.mini_batches": 1, "update.iterations": 100})"));
  EXPECT_EQ(plan.baseline, plan.recipes[0].label);
  EXPECT_EQ(plan.recipes[0].role, "baseline");
  EXPECT_EQ(plan.recipes[1].role, "variant");
}

TEST(PlanAxes, OneRecipeIsNotRepeatedInLabelsAndNamesStayApart) {
  EXPECT_EQ(labels_of(parsed("recipes: [luffy]\ngrid: {update.lr: [1e-4, 3e-4]}\n")),
            (Labels{"lr=1e-4", "lr=3e-4"}));
  EXPECT_EQ(
      labels_of(parsed("recipes: [{recipe: luffy, label: L}]\nsettings: [tiny, tiny_narrow]\n")),
      (Labels{"L @tiny", "L @tiny_narrow"}));
  EXPECT_EQ(short_names({"a.b.c", "x.b.c", "q.d", "c"}), (Labels{"a.b.c", "x.b.c", "d", "c"}));
}

TEST(PlanAxes, ConditionsSeeDefaultsAndListsByName) {
  const Plan plan = parsed(
      "recipes: [luffy, on_policy]\nwhen:\n"
      "  - {if: [components.demonstration.shape=p_over_p_plus], grid: "
      "{components.demonstration.shape.gamma: [0.05, 0.1]}}\n"
      "  - {if: [components.demonstration.shape.gamma=0.05, recipe=luffy], set: "
      "[update.lr=1e-4]}\n");
  EXPECT_EQ(labels_of(plan), (Labels{"luffy gamma=0.05", "luffy gamma=0.1", "on_policy"}));
  EXPECT_EQ(plan.recipes[0].set.size(), 2u);
  EXPECT_EQ(plan.recipes[1].set.size(), 1u);
  EXPECT_TRUE(plan.recipes[2].set.empty());
}

TEST(PlanAxes, SamplesStayInTheirRangesAndComeAgain) {
  const std::string body =
      "recipes: [luffy]\nsample: {method: METHOD, n: 32, seed: 7, space: {update.lr: {low: 1e-5, "
      "high: 1e-3, scale: log}, update.mini_batches: {low: 1, high: 4, integer: true}, "
      "components.policy.clip: [none, ppo]}}\n";
  for (const std::string method : {"sobol", "random"}) {
    std::string own = body;
    own.replace(own.find("METHOD"), 6, method);
    const Plan plan = parsed(own);
    ASSERT_EQ(plan.recipes.size(), 32u);
    int below = 0;
    std::set<int> batches;
    for (const PlanRow& row : plan.recipes) {
      const double lr = row.toggles["update.lr"];
      EXPECT_GE(lr, 1e-5);
      EXPECT_LE(lr, 1e-3);
      below += lr < 1e-4;
      batches.insert(row.toggles["update.mini_batches"].get<int>());
    }
    EXPECT_EQ(batches, (std::set<int>{1, 2, 3, 4}));
    if (method == "sobol") {
      EXPECT_EQ(below, 16);  // half of the log range, half of the points
    }
    EXPECT_EQ(labels_of(plan), labels_of(parsed(own)));
  }
}

TEST(PlanAxes, EqualRunsAreMergedWithANote) {
  const ExpandedPlan plan = expand(
      parsed("recipes: [on_policy]\ngrid: {components.policy.clip: [none, {kind: none}, ppo]}\n"
             "evaluate: {suites: [ledger_hard]}\n"));
  EXPECT_EQ(plan.rows, (Labels{"base", "clip=none", "clip=ppo"}));
  ASSERT_EQ(plan.plan.notes.size(), 1u);
  EXPECT_EQ(plan.plan.notes[0],
            "'clip={\"kind\":\"none\"}' is the same run as 'clip=none' and is left out");
}

TEST(PlanAxes, SentencesOfRefusals) {
  const std::pair<std::string, std::string> golden[] = {
      {"recipes: [luffy]\ngrid: {update.lr: [1, 1]}\n",
       "plan.yaml:4: grid.update.lr: required each value once, 1 came twice"},
      {"recipes: [luffy]\nzip: {a: [1, 2], b: [1]}\n",
       "plan.yaml:4: zip.b: required 2 values as a has, 1 came"},
      {"recipes: [luffy]\nsample: {n: 2, space: {update.lr: {low: 1, high: 0}}}\n",
       "plan.yaml:4: sample.space.update.lr: required low < high, 1 and 0 came"},
      {"recipes: [luffy]\nwhen:\n  - {if: [nonsense], set: [a=b]}\n",
       "plan.yaml:5: when.0: required path=value, 'nonsense' came; for example "
       "components.policy.clip=none"},
      {"ablation: {base: luffy, toggles: {a: {off: [x=1]}}}\nrecipes: [luffy]\n",
       "plan.yaml:4: required `ablation` or `recipes`, both came"},
      {"ablation: {base: luffy, toggles: {a: {label: b}}}\n",
       "plan.yaml:3: ablation.toggles.a: required changes in `on` or `off`, neither came"},
  };
  for (const auto& [body, sentence] : golden) EXPECT_EQ(parse_error(body), sentence) << body;
}

TEST(PlanAxes, AMillionCellsAreRefusedAtOnce) {
  std::string values;
  for (int i = 0; i < 100; ++i) values += fmt::format("{}{}", i ? ", " : "", i);
  const auto start = std::chrono::steady_clock::now();
  const std::string sentence = parse_error("recipes: [luffy]\ngrid:\n  a: [" + values +
                                           "]\n  b: [" + values + "]\n  c: [" + values + "]\n");
  EXPECT_EQ(sentence,
            "plan.yaml:5: required at most 2000 cells (max_cells), 1 rows x 100 x 100 x 100 x 2 "
            "seeds = 2000000 came; thin the axes or draw a sample of them");
  EXPECT_NE(parse_error("recipes: [luffy]\nsample: {n: 1000000, space: {a: {low: 0, high: 1}}}\n")
                .find("= 1000000 came"),
            std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(PlanAxes, ABadCellIsNamedWithItsLine) {
  const std::string sentence =
      error_of([] { expand(parsed("recipes: [luffy]\ngrid: {update.lr: [1e-4, fast]}\n")); });
  EXPECT_EQ(sentence.find("plan.yaml:3: cell 'lr=fast' at seed 0: "), 0u) << sentence;
  EXPECT_NE(sentence.find("update.lr"), std::string::npos) << sentence;
}

std::string ablation(const std::string& matrix) {
  return "ablation:\n  base: {recipe: luffy, label: LUFFY}\n  matrix: " + matrix +
         "\n  toggles:\n"
         "    guidance: {label: guidance, off: ['slots=[{source: policy, n: 8}]', "
         "components.demonstration.select.source=policy, components.demonstration.coef=0]}\n"
         "    shaping: {label: shaping, off: [components.demonstration.shape=identity]}\n"
         "    clip: {label: no clip, off: ['components.policy.clip={kind: ppo, low: 0.2, high: "
         "0.2}']}\n"
         "evaluate: {suites: [ledger_hard]}\n";
}

TEST(PlanAblation, RowsOfEachMatrix) {
  EXPECT_EQ(labels_of(parsed(ablation("leave-one-out"))),
            (Labels{"LUFFY", "- guidance", "- shaping", "- no clip"}));
  EXPECT_EQ(labels_of(parsed(ablation("add-one-in"))),
            (Labels{"LUFFY", "+ guidance", "+ shaping", "+ no clip"}));
  EXPECT_EQ(
      labels_of(parsed(ablation("cumulative"))),
      (Labels{"LUFFY", "+ guidance", "+ guidance + shaping", "+ guidance + shaping + no clip"}));
  EXPECT_EQ(labels_of(parsed(ablation("pairwise"))),
            (Labels{"LUFFY", "- guidance", "- shaping", "- no clip", "- guidance - shaping",
                    "- guidance - no clip", "- shaping - no clip"}));
  const Plan full = parsed(ablation("full"));
  EXPECT_EQ(full.recipes.size(), 8u);
  EXPECT_EQ(full.recipes[0].label, "LUFFY");
  EXPECT_EQ(full.recipes[7].label, "- guidance - shaping - no clip");
  EXPECT_EQ(std::string(full.kind()), "ablation");
  EXPECT_EQ(full.recipes[1].toggles,
            nlohmann::json::parse(R"({"guidance": "on", "shaping": "on", "clip": "off"})"));
  std::set<Labels> sets;
  for (const PlanRow& row : full.recipes) sets.insert(row.set);
  EXPECT_EQ(sets.size(), 8u);
}

TEST(PlanAblation, DeclaresThePathsOfTheResolvedConfiguration) {
  const ExpandedPlan plan = expand(parsed(ablation("leave-one-out")));
  ASSERT_EQ(plan.declarations.size(), plan.rows.size());
  EXPECT_EQ(plan.declarations[0].role, "base");
  EXPECT_EQ(plan.declarations[1].role, "baseline");
  EXPECT_TRUE(plan.declarations[1].paths.empty());
  EXPECT_EQ(plan.declarations[2].paths,
            (Labels{"components.1.coef", "components.1.select.source", "slots"}));
  EXPECT_EQ(plan.declarations[3].paths, (Labels{"components.1.shape"}));
  EXPECT_EQ(plan.declarations[3].toggles["shaping"], "off");
  EXPECT_FALSE(plan.declarations[3].whole);
  // What is declared is what differs: nothing else of the resolved configuration does.
  nlohmann::json base = plan.graph.specs[plan.cells[1].train_node].config;
  const nlohmann::json& other = plan.graph.specs[plan.cells[3].train_node].config;
  base["components"][1]["shape"] = other["components"][1]["shape"];
  EXPECT_EQ(base, other);
}

TEST(PlanAblation, AToggleThatChangesNothingIsRefused) {
  const std::string sentence = error_of([] {
    expand(
        parsed("ablation:\n  base: luffy\n  toggles:\n    gamma: {off: "
               "[components.demonstration.shape.gamma=0.1]}\n"));
  });
  EXPECT_EQ(sentence,
            "plan.yaml:6: cell '- gamma': required toggles that change the run, it is the same run "
            "as 'luffy'; see what `on` and `off` change");
}

}  // namespace
}  // namespace rlreason::sweep
