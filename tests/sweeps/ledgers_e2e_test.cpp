// The ledgers as a person uses them: neutral changes declared, listed and taken back; what invalid runs keep from starting.
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
