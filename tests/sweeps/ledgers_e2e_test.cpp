// The ledgers as a person uses them: neutral changes declared, listed and taken back; what invalid runs keep from starting.
#include "core/store/invalidations.h"
#include "sweeps/plan.h"
#include "sweeps/run_files.h"
#include "tests/support/program.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

class LedgersTest : public SweepTest {
 protected:
  using Said = testing_support::Finished;
  Said type(std::vector<std::string> words) {
    for (const std::string& word : {std::string("--runs-dir"), (root_ / "runs").string(),
                                    std::string("--store"), (root_ / "store.db").string()})
      words.push_back(word);
    return testing_support::run_program("rlreason", std::move(words), root_);
  }
  // The first run of the graph, done and then declared invalid.
  void invalid_first(const train::Graph& graph) {
    const fs::path made = root_ / "runs" / graph.specs[0].directory();
    fs::create_directories(made);
    process::write_file_atomic(made / "run.json",
                               describe_run(graph, 0, made, launch(), {}).dump());
    write_result(made, ExitCode::ok, "");
    store::Store store = store::Store::open(root_ / "store.db");
    store::add_invalidation(
        store, {.selector = "x", .reason = "ddof 0", .runs = {store.ingest(made).run_uid}});
  }
  // A run as another program left it.
  void made_by(const std::string& name, const std::string& commit) {
    const fs::path made = root_ / "runs" / name;
    fs::create_directories(made);
    const json run = {{"uid", name},
                      {"name", name},
                      {"kind", "train"},
                      {"recipe", "r"},
                      {"setting", "s"},
                      {"seed", 0},
                      {"identity", name},
                      {"argv", json::array()},
                      {"config", json::object()},
                      {"build", "rlreason 0.0.1 (commit " + commit + ", Release, x)"}};
    process::write_file_atomic(made / "run.json", run.dump());
  }
};

TEST_F(LedgersTest, NoCommandGoesOnFromARunThatWasDeclaredInvalid) {
  train::Graph graph;
  train::TrainRequest request;
  request.recipe = "on_policy";
  train::resolve_train(graph, request);
  invalid_first(graph);
  const std::string name = graph.specs[0].directory();
  const Said train = type({"train", "on_policy"});
  EXPECT_EQ(train.code, 5);
  EXPECT_NE(train.err.find("the same command with --redo-invalid"), std::string::npos) << train.err;
  EXPECT_NE(train.err.find(name + " was declared invalid: ddof 0"), std::string::npos) << train.err;
  const json nodes = json::parse(type({"train", "on_policy", "--dry-run", "--json"}).out);
  EXPECT_EQ(nodes[0]["invalid"], "was declared invalid: ddof 0");
  EXPECT_FALSE(nodes.back().contains("invalid"));
  EXPECT_NE(type({"train", "on_policy", "--dry-run"}).out.find("invalid "), std::string::npos);

  // A checkpoint inside it: whoever names it is told, with --redo-invalid too.
  const fs::path checkpoint = root_ / "runs" / name / "checkpoints" / "step-1";
  fs::create_directories(checkpoint);
  std::ofstream(checkpoint / "config.json") << "{}";
  for (const fs::path& target : {checkpoint, root_ / "runs" / name}) {
    const Said evaluate = type({"evaluate", target.string(), "--suite", "ledger_hard"});
    EXPECT_EQ(evaluate.code, 5) << evaluate.err;
    EXPECT_NE(evaluate.err.find("ddof 0"), std::string::npos) << evaluate.err;
    EXPECT_EQ(type({"evaluate", target.string(), "--suite", "ledger_hard", "--redo-invalid"}).code,
              5);
  }
  EXPECT_EQ(type({"train", "luffy", "--init", checkpoint.string()}).code, 5);
  EXPECT_TRUE(fs::exists(root_ / "runs" / name / "result.json"));
  EXPECT_FALSE(fs::exists(root_ / "runs" / ".invalid"));
}

TEST_F(LedgersTest, ReproduceDoesNotReuseAnInvalidRun) {
  const std::vector<std::string> words = {"reproduce", "luffy", "--table", "components",
                                          "--setting", "tiny",  "--seeds", "1"};
  std::vector<std::string> dry = words;
  dry.insert(dry.end(), {"--dry-run", "--json"});
  const Said looked = type(dry);
  ASSERT_EQ(looked.code, 0) << looked.err;
  invalid_first(
      expand(parse_plan(json::parse(looked.out)["plan"].get<std::string>(), "p.yaml")).graph);
  const Said said = type(words);
  EXPECT_EQ(said.code, 5);
  EXPECT_NE(said.err.find("'rlreason reproduce luffy --table components"), std::string::npos)
      << said.err;
  EXPECT_NE(said.err.find("--redo-invalid'"), std::string::npos) << said.err;
}

TEST_F(LedgersTest, NeutralChangesAreDeclaredListedAndTakenBack) {
  made_by("one", "aaa1111");
  made_by("two", "bbb2222");
  const Said joined =
      type({"compare", "neutral", "aaa", "bbb2222", "--reason", "a comment \x1b[31m", "--json"});
  ASSERT_EQ(joined.code, 0) << joined.err;
  const std::string uid = json::parse(joined.out)["uid"];
  EXPECT_EQ(json::parse(joined.out)["b"]["commit"], "bbb2222");
  const Said list = type({"compare", "neutral"});
  EXPECT_NE(list.out.find("this program"), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("a comment"), std::string::npos);
  EXPECT_EQ(list.out.find('\x1b'), std::string::npos);
  const json document = json::parse(type({"compare", "neutral", "--json"}).out);
  EXPECT_EQ(document["entries"].size(), 1u);
  std::map<std::string, json> classes;
  for (const json& program : document["programs"]) classes[program["commit"]] = program["class"];
  EXPECT_EQ(classes["aaa1111"], 1);
  EXPECT_EQ(classes["bbb2222"], 1);
  EXPECT_EQ(type({"compare", "neutral", "aaa"}).code, 2);
  EXPECT_EQ(type({"compare", "neutral", "aaa", "bbb"}).code, 2);  // no reason
  EXPECT_EQ(type({"compare", "neutral", "aaa", "aaa1111", "--reason", "r"}).code, 2);
  const Said unknown = type({"compare", "neutral", "aaa", "ccc", "--reason", "r"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("bbb2222"), std::string::npos) << unknown.err;
  EXPECT_EQ(type({"compare", "neutral", "--undo", "nobody"}).code, 2);
  EXPECT_EQ(type({"compare", "neutral", "--undo", uid.substr(0, 6)}).code, 0);
  EXPECT_NE(type({"compare", "neutral"}).out.find("no change is declared neutral"),
            std::string::npos);
}

}  // namespace
}  // namespace rlreason::sweep
