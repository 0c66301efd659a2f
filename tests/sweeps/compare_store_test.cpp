// From runs of the stand-in engine through the store to a table: values, refusals, words.
#include "core/terminal/text.h"
#include "evaluators/intervals.h"
#include "sweeps/compare/comparison.h"
#include "sweeps/compare/render.h"
#include "sweeps/compare/words.h"
#include "sweeps/experiment.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

using train::RunKind;

class CompareTest : public SweepTest {
 protected:
  // One row at one seed: a training and its evaluation with these shares of right samples.
  void cell(const std::string& row, uint64_t seed, const json& suites,
            const std::string& digest = "p1", const json& probes = json::object()) {
    const size_t trained = add(RunKind::train, row, seed, {{"steps", 4}});
    const size_t evaluation = add(RunKind::evaluate, "evaluate " + row, seed,
                                  {{"suites", suites}, {"digest", digest}, {"probes", probes}},
                                  {{"checkpoint", trained}});
    plan_.cells.push_back({row, seed, trained, evaluation});
    if (std::find(plan_.rows.begin(), plan_.rows.end(), row) == plan_.rows.end())
      plan_.rows.push_back(row);
    if (std::find(plan_.plan.seeds.begin(), plan_.plan.seeds.end(), seed) == plan_.plan.seeds.end())
      plan_.plan.seeds.push_back(seed);
  }

  void run() {
    plan_.graph = graph_;
    plan_.plan.name = "test";
    plan_.plan.given = "test.yaml";
    store_.emplace(store::Store::open(root_ / "store.db"));
    PoolOptions pool = options();
    pool.launch.store = &*store_;
    const PoolReport report = run_local(graph_, pool);
    throw_for(graph_, report);
    register_experiment(*store_, plan_, report);
  }

  void three_rows() {
    const double on_policy[] = {0.125, 0.0, 0.0625}, luffy[] = {0.875, 0.75, 0.8125},
                 sft[] = {0.9375, 0.6875, 0.8125};
    for (uint64_t seed = 0; seed < 3; ++seed) {
      cell("on_policy", seed, {{"hard", on_policy[seed]}, {"easy", 0.5}});
      cell("luffy", seed, {{"hard", luffy[seed]}, {"easy", 0.25}});
      cell("sft", seed, {{"hard", sft[seed]}, {"easy", 0.25}});
    }
    plan_.plan.baseline = "luffy";
    plan_.plan.metrics = {"hard", "hard@4", "easy"};
  }

  Comparison table(const CompareOptions& options = {}) {
    return compare(read_plan(*store_, plan_, request_), options);
  }

  ExpandedPlan plan_;
  CurveRequest request_;
  std::optional<store::Store> store_;
};

TEST_F(CompareTest, ATableNeedsLessThanAllFactsAndSaysTheSame) {
  three_rows();
  run();
  PlanGate gate;
  gate.row = "luffy";
  gate.metric = "easy:careful";
  gate.min = 0;
  plan_.plan.gates = {gate};
  for (const std::vector<std::string>& metrics :
       {std::vector<std::string>{"hard", "hard@4", "easy"}, {"hard"}, {"hard:careful"}, {}}) {
    plan_.plan.metrics = metrics;
    for (const std::vector<std::string>& asked : {std::vector<std::string>{}, {"easy@2"}}) {
      CompareOptions options;
      options.suites = asked;
      options.equivalence = 0.1;
      const ComparisonInput whole = read_plan(*store_, plan_, request_),
                            part = read_plan(*store_, plan_, request_,
                                             {.table_alone = true, .columns = asked});
      EXPECT_EQ(to_json(compare(whole, options)), to_json(compare(part, options)));
      for (const CellFacts& cell : part.cells) {
        ASSERT_EQ(cell.suites.size(), 2u);  // the names of all of them are there
        EXPECT_EQ(cell.suites.at("hard").items.size(), 8u);
        EXPECT_EQ(cell.suites.at("hard").items[0].samples[0].answer, "");
      }
      EXPECT_EQ(whole.cells[0].suites.at("hard").items[0].samples[0].answer, "1");
    }
  }
  plan_.plan.metrics = {"hard"};
  plan_.plan.gates = {};
  const ComparisonInput hard_alone =
      read_plan(*store_, plan_, request_, {.table_alone = true, .columns = {}});
  EXPECT_TRUE(hard_alone.cells[0].suites.at("easy").items.empty());
}

TEST_F(CompareTest, ValuesAreThoseOfTheFacts) {
  three_rows();
  run();
  request_ = parse_takeoff("rollout/reward:0.25", request_);
  const Comparison c = table();
  ASSERT_EQ(c.rows.size(), 3u);
  const RowValue& luffy = c.rows[1].values[0];
  EXPECT_DOUBLE_EQ(*luffy.by_seed[0],
                   28.0 / 32);  // every pattern has 32 samples: share x 32 of them right
  EXPECT_DOUBLE_EQ(*luffy.by_seed[1], 24.0 / 32);
  EXPECT_NEAR(luffy.mean.mean, 0.8125, 1e-12);
  EXPECT_NEAR(*luffy.mean.half_width, 4.30265273 * 0.0625 / std::sqrt(3.0), 1e-6);
  EXPECT_GE(c.rows[1].values[1].mean.mean, 0.9);  // pass@4 is above avg@4

  const RowDifference& on_policy = *c.rows[0].differences[0];
  EXPECT_NEAR(on_policy.test.difference.mean, -0.75, 1e-12);  // -0.75 at each seed
  EXPECT_EQ(reading(on_policy, true), Reading::worse);
  EXPECT_DOUBLE_EQ(on_policy.test.sign_flip_p, 0.25);
  ASSERT_TRUE(on_policy.by_item);
  EXPECT_TRUE(on_policy.by_item->holds(-0.75));
  const RowDifference& sft = *c.rows[2].differences[0];  // 0.0625, -0.0625, 0
  EXPECT_EQ(reading(sft, true), Reading::undecided);
  EXPECT_EQ(verdict(c, c.rows[2], 0), "no difference to luffy larger than 0.20 (detectable)");
  EXPECT_NEAR(*sft.test.detectable, 3.26 * 0.0625, 0.01);
  EXPECT_FALSE(c.rows[1].differences[0]);

  ASSERT_EQ(c.curves.size(), 9u);
  EXPECT_EQ(c.curves[0].takeoff, 3);  // rewards 0.1, 0.2, 0.3, 0.4
  EXPECT_EQ(c.curves[0].x, (std::vector<double>{100, 200, 300, 400}));
}

TEST_F(CompareTest, WordsComeFromTheNumbers) {
  three_rows();
  run();
  const Comparison c = table();
  const std::string words = paragraph(c);
  EXPECT_NE(words.find("luffy is better than on_policy by 0.75 [0.75, 0.75]."), std::string::npos)
      << words;
  EXPECT_NE(words.find("luffy cannot be told apart from sft (luffy - sft: 0.00 [-0.16, 0.16]; a "
                       "difference of about 0.20 would show with 3 seeds)."),
            std::string::npos)
      << words;
  const std::string text = render(c, Layout::terminal);
  EXPECT_NE(text.find("0.81 ± 0.16"), std::string::npos) << text;
  const std::string markdown = render(c, Layout::markdown);
  EXPECT_NE(markdown.find("| luffy | 0.81 ± 0.16 |"), std::string::npos) << markdown;
  const json document = to_json(c);
  EXPECT_EQ(document["baseline"], "luffy");
  EXPECT_NEAR(document["rows"][0]["differences"]["hard"]["mean"].get<double>(), -0.75, 1e-12);
  EXPECT_EQ(document["rows"][1]["values"]["easy"]["by_seed"].size(), 3u);
}

TEST_F(CompareTest, MissingCellsAreRefusedByName) {
  three_rows();
  run();
  plan_.plan.seeds.push_back(3);
  const std::string sentence = sentence_of<RefusedError>([&] { table(); });
  EXPECT_NE(sentence.find("incomplete: luffy, seed 3: no result for hard, easy\n      rlreason "
                          "sweep run test.yaml"),
            std::string::npos)
      << sentence;
  EXPECT_NE(sentence.find("--allow incomplete"), std::string::npos);
  CompareOptions allowed;
  allowed.allow = {"incomplete"};
  EXPECT_EQ(table(allowed).notes.size(), 3u);
  EXPECT_EQ(table(allowed).rows[0].values[0].mean.n, 3);
  allowed.allow = {"incomplet"};
  EXPECT_NE(sentence_of<UserError>([&] { table(allowed); }).find("did you mean 'incomplete'?"),
            std::string::npos);
}

TEST_F(CompareTest, AnotherProtocolIsRefused) {
  cell("a", 0, {{"hard", 0.5}});
  cell("b", 0, {{"hard", 0.25}}, "p2");
  run();
  EXPECT_NE(sentence_of<RefusedError>([&] {
              table();
            }).find("protocol: b, seed 0: hard was evaluated with another protocol than a"),
            std::string::npos);
  CompareOptions allowed;
  allowed.allow = {"protocol"};
  EXPECT_NE(paragraph(table(allowed)).find("Allowed although it stands in the way: protocol"),
            std::string::npos);
}

TEST_F(CompareTest, GatesStopAComparison) {
  cell("base", 0, {{"hard", 0.5}});
  cell("luffy", 0, {{"hard", 0.75}});
  PlanGate gate;
  gate.metric = "hard";
  gate.max = 0.15;
  plan_.plan.gates = {gate};
  run();
  EXPECT_NE(sentence_of<RefusedError>([&] {
              table();
            }).find("gates: base on hard: required at most 0.15, measured 0.5"),
            std::string::npos);
  plan_.plan.gates[0].max = 0.6;
  EXPECT_TRUE(table().gates.at(0).passed);
  EXPECT_EQ(reading(*table().rows[1].differences[0], true), Reading::one_seed);
}

TEST_F(CompareTest, AGateOnAProbeIsChecked) {
  cell("base", 0, {{"hard", 0.5}}, "p1", {{"first_token_mass", 0.0005}});
  cell("base", 1, {{"hard", 0.5}}, "p1", {{"first_token_mass", 0.0007}});
  PlanGate gate;
  gate.metric = "hard:first_token_mass";
  gate.min = 1e-4;
  gate.max = 1e-3;
  plan_.plan.gates = {gate};
  run();
  const GateResult inside = table().gates.at(0);
  EXPECT_TRUE(inside.measured);
  EXPECT_TRUE(inside.passed);
  EXPECT_NEAR(inside.value, 0.0006, 1e-15);  // mean of the two seeds
  plan_.plan.gates[0].max = 5.5e-4;
  EXPECT_NE(sentence_of<RefusedError>([&] { table(); })
                .find("gates: base on hard:first_token_mass: required between 0.0001 and 0.00055, "
                      "measured 0.0006"),
            std::string::npos);
  CompareOptions allowed;
  allowed.allow = {"gates"};
  EXPECT_FALSE(table(allowed).gates.at(0).passed);
  plan_.plan.gates[0].metric = "hard:last_token_mass";
  EXPECT_FALSE(table().gates.at(0).measured);
}

TEST_F(CompareTest, AGateRefusesAProbeThatIsNoNumber) {
  cell("base", 0, {{"hard", 0.5}}, "p1", {{"first_token_mass", "nan"}});
  PlanGate gate;
  gate.metric = "hard:first_token_mass";
  gate.max = 1e-3;
  plan_.plan.gates = {gate};
  plan_.plan.metrics = {"hard", "hard:first_token_mass"};
  run();
  EXPECT_NE(sentence_of<RefusedError>([&] { table(); }).find("measured nan"), std::string::npos);
  CompareOptions allowed;
  allowed.allow = {"gates"};
  EXPECT_FALSE(table(allowed).rows[0].values[1].by_seed[0]);
}

TEST_F(CompareTest, RunsByNameFindTheirOtherHalf) {
  three_rows();
  run();
  const std::string first = graph_.specs[plan_.cells[0].train_node].directory(),
                    second = graph_.specs[plan_.cells[1].evaluate_node].directory();
  const ComparisonInput input = read_runs(*store_, {first, second}, request_);
  EXPECT_EQ(input.rows, (std::vector<std::string>{"on_policy", "luffy"}));
  const Comparison c = compare(input, {});
  EXPECT_EQ(c.metrics.size(), 2u);  // easy, hard
  CompareOptions narrow;
  narrow.suites = {"hard@2", "easy"};
  narrow.baseline = "luffy";
  const Comparison chosen = compare(input, narrow);
  EXPECT_EQ(chosen.metrics[0].text(), "hard@2");
  EXPECT_EQ(chosen.baseline, 1u);
  narrow.suites = {"harp"};
  EXPECT_NE(sentence_of<UserError>([&] { compare(input, narrow); }).find("did you mean 'hard'?"),
            std::string::npos);
}

TEST_F(CompareTest, TheExperimentAndItsStatusAreKept) {
  three_rows();
  run();
  EXPECT_EQ(store_->cells("test").size(), 9u);
  const PoolReport report = inspect(plan_.graph, options());
  EXPECT_EQ(cell_status(plan_, plan_.cells[0], report, &*store_), "done");
  ingest_runs(root_ / "store.db", root_ / "runs");  // nothing new
  EXPECT_EQ(store_->runs().size(), 18u);
}

TEST_F(CompareTest, FlagsAreAColumn) {
  cell("a", 0, {{"hard", 0.5}});
  plan_.plan.metrics = {"hard", "hard:careful"};
  run();
  EXPECT_DOUBLE_EQ(*table().rows[0].values[1].by_seed[0], 0.5);
}

TEST_F(CompareTest, AProbeIsAColumnAndComesBeforeAFlag) {
  const double on_policy[] = {0.25, 0.5}, luffy[] = {0.5, 0.875};
  for (uint64_t seed = 0; seed < 2; ++seed) {
    cell("on_policy", seed, {{"hard", 0.5}}, "p1", {{"careful", on_policy[seed]}});
    cell("luffy", seed, {{"hard", 0.5}}, "p1", {{"careful", luffy[seed]}});
  }
  plan_.plan.metrics = {"hard:careful", "hard"};
  run();
  const Comparison c = table();
  EXPECT_DOUBLE_EQ(*c.rows[1].values[0].by_seed[1], 0.875);
  EXPECT_DOUBLE_EQ(*c.rows[1].values[1].by_seed[1], 0.5);
  const RowDifference& difference = *c.rows[1].differences[0];
  EXPECT_DOUBLE_EQ(difference.test.difference.mean, 0.3125);  // of 0.25 and 0.375
  EXPECT_FALSE(difference.by_item);                           // a probe has no items
}

// One prompt of three is an evaluated item word for word: the table says so at its foot.
TEST_F(CompareTest, OverlapOfTrainingDataIsAFootnote) {
  const auto rows = [&](const char* name, const std::vector<std::string>& texts) {
    std::ofstream file(root_ / name);
    for (const std::string& text : texts)
      file << json({{"question", text}, {"answer", "2"}}).dump() << "\n";
    return (root_ / name).string();
  };
  const std::string train_file = rows("train.jsonl", {"one plus one", "two plus two", "three"});
  const std::string test_file = rows("exam.jsonl", {"One plus  one", "four"});
  train::RunSpec spec;
  spec.kind = RunKind::prepare;
  spec.recipe = spec.label = "prepare";
  spec.setting = "tiny";
  spec.identity = sha256("prepare");
  spec.config = {{"source", "jsonl"},    {"name", "drill"},
                 {"from", {train_file}}, {"map", {{"text", "question"}, {"gold", "answer"}}},
                 {"verifier", "exact"},  {"against", {test_file}}};
  const size_t prepared = graph_.add(spec);
  const size_t trained =
      add(RunKind::train, "sft", 0, {{"steps", 4}}, {{"dataset:train", prepared}});
  const size_t evaluation =
      add(RunKind::evaluate, "evaluate sft", 0, {{"suites", {{"hard", 0.5}}}, {"digest", "p1"}},
          {{"checkpoint", trained}});
  plan_.cells.push_back({"sft", 0, trained, evaluation});
  plan_.rows = {"sft"};
  plan_.plan.seeds = {0};
  run();
  const Comparison c = table();
  ASSERT_EQ(c.footnotes.size(), 1U);
  EXPECT_NE(c.footnotes[0].find("of 2 items, 1 stand in the prompts of drill"), std::string::npos)
      << c.footnotes[0];
  EXPECT_TRUE(c.notes.empty());
  EXPECT_NE(render(c, Layout::terminal).find(c.footnotes[0]), std::string::npos);
  EXPECT_EQ(to_json(c)["footnotes"].size(), 1U);
}

}  // namespace
}  // namespace rlreason::sweep
