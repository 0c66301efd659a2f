// The verbs of `rlreason sweep` as a person types them: exit codes, JSON, sentences, nothing started by looking.
#include <sstream>

#include "core/process/piped.h"
#include "core/store/invalidations.h"
#include "sweeps/plan.h"
#include "sweeps/run_files.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

class VerbsTest : public SweepTest {
 protected:
  struct Answer {
    int code = -1;
    std::string out, said;
    json document() const { return json::parse(out, nullptr, false); }
  };

  Answer type(std::vector<std::string> words) {
    std::vector<std::string> argv = {process::find_sibling("rlreason").string(), "sweep"};
    argv.insert(argv.end(), words.begin(), words.end());
    for (const std::string& word : {std::string("--runs-dir"), (root_ / "runs").string(),
                                    std::string("--store"), (root_ / "store.db").string()})
      argv.push_back(word);
    process::PipedChild child(argv, std::chrono::seconds(60));
    Answer answer;
    char buffer[4096];
    for (size_t n = 0; (n = child.read(buffer, sizeof buffer)) > 0;) answer.out.append(buffer, n);
    answer.code = child.wait().code;
    answer.said = child.said();
    return answer;
  }
  std::string write(const std::string& text) {
    const fs::path file = root_ / "plan.yaml";
    std::ofstream(file) << text;
    return file.string();
  }
};

TEST_F(VerbsTest, LookingStartsNothing) {
  const Answer plan = type({"plan", "luffy_components", "--json"});
  ASSERT_EQ(plan.code, 0) << plan.said;
  const json document = plan.document();
  EXPECT_EQ(document["kind"], "ablation");
  EXPECT_EQ(document["rows"].size(), 6u);
  EXPECT_EQ(document["rows"][2]["toggles"]["guidance"], "off");
  EXPECT_EQ(document["outlook"]["power"]["tests"], 4);
  EXPECT_NEAR(document["outlook"]["power"]["effect_in_sd"], 2.477, 0.005);  // 5 seeds at 0.05 / 4
  EXPECT_EQ(document["counts"]["reused"], 0);
  EXPECT_EQ(type({"status", "luffy_components"}).code, 0);
  EXPECT_NE(type({"why", "luffy_components", "LUFFY/3"}).out.find("missing"), std::string::npos);
  EXPECT_NE(type({"stop", "luffy_components"}).out.find("nobody runs it"), std::string::npos);
  EXPECT_EQ(type({"watch", "luffy_components", "--once"}).code, 0);
  EXPECT_FALSE(fs::exists(root_ / "runs"));
  EXPECT_FALSE(fs::exists(root_ / "store.db"));
}

TEST_F(VerbsTest, BadPlansAreRefusedWithTheirLine) {
  const Answer label =
      type({"plan", write("name: p\nseeds: 1\nrecipes: [{recipe: luffy, label: \"\\e[31mx\"}]\n")});
  EXPECT_EQ(label.code, 2);
  EXPECT_NE(label.said.find("plan.yaml:3: required a label that can be printed"), std::string::npos)
      << label.said;
  EXPECT_EQ(label.said.find('\x1b'), std::string::npos);
  const Answer cell =
      type({"run", write("name: p\nseeds: 1\nrecipes: [luffy]\ngrid: {update.lrr: [1, 2]}\n")});
  EXPECT_EQ(cell.code, 2);
  EXPECT_NE(cell.said.find("plan.yaml:3: cell 'lrr=1' at seed 0"), std::string::npos) << cell.said;
  EXPECT_FALSE(fs::exists(root_ / "runs"));
  EXPECT_EQ(type({"best", "luffy_components"}).code, 2);
  EXPECT_EQ(type({"why", "luffy_components", "LUFFY/99"}).code, 2);
  EXPECT_EQ(type({"task", "/nowhere", "--index", "0"}).code, 3);
}

TEST_F(VerbsTest, AnInvalidRunStopsAPlanUntilItIsToBeMadeAgain) {
  const std::string file = write("name: p\nseeds: 1\nrecipes: [on_policy]\n");
  const ExpandedPlan plan = expand(load_plan(file));
  const fs::path made = root_ / "runs" / plan.graph.specs[0].directory();
  fs::create_directories(made);
  LaunchOptions launch;
  launch.runs_dir = root_ / "runs";
  process::write_file_atomic(made / "run.json",
                             describe_run(plan.graph, 0, made, launch, {}).dump());
  write_result(made, ExitCode::ok, "");
  store::Store::open(root_ / "store.db").ingest(made);
  EXPECT_EQ(type({"plan", file, "--json"}).document()["counts"]["invalid"], 0);
  store::InvalidationRow row;
  row.reason = "ddof 0";
  row.runs = {read_run(made).value("uid", "")};
  {
    store::Store store = store::Store::open(root_ / "store.db");
    store::add_invalidation(store, row);
  }
  const json document = type({"plan", file, "--json"}).document();
  EXPECT_EQ(document["counts"]["invalid"], 1);
  EXPECT_EQ(document["counts"]["reused"], 0);
  EXPECT_EQ(document["runs"][0]["invalid"], "was declared invalid: ddof 0");
  const std::string words = type({"plan", file}).out;
  EXPECT_NE(words.find("--redo-invalid"), std::string::npos) << words;
  EXPECT_NE(type({"why", file, "on_policy/0"}).out.find("declared invalid: ddof 0"),
            std::string::npos);
  for (const char* verb : {"run", "retry"}) {
    const Answer refused = type({verb, file});
    EXPECT_EQ(refused.code, 5);
    EXPECT_NE(refused.said.find("--redo-invalid"), std::string::npos) << refused.said;
  }
  EXPECT_TRUE(fs::exists(made / "result.json"));
  EXPECT_FALSE(fs::exists(root_ / "runs" / ".invalid"));
}

}  // namespace
}  // namespace rlreason::sweep
