// rlreason doctor: its facts, and what it says about a store that cannot be where it is asked for.
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cli/program.h"

namespace rlreason::cli_test {
namespace {

using Doctor = Program;

TEST_F(Doctor, NamesEveryPartOfTheMachine) {
  const Result result = run({"doctor"});
  EXPECT_EQ(result.code, 0);
  for (const char* item : {"processor", "instruction sets", "cores", "memory", "runs", "store",
                           "SQLite", "engine", "GPU               plug-in not built"})
    EXPECT_NE(result.out.find(item), std::string::npos) << item << " in\n" << result.out;
}

TEST_F(Doctor, JsonFactsAgreeWithTheKernel) {
  const auto facts = nlohmann::json::parse(run({"doctor", "--json"}).out);
  EXPECT_EQ(facts["processor"]["cores"], static_cast<int>(std::thread::hardware_concurrency()));
  const auto space = std::filesystem::space(folder_);
  EXPECT_NEAR(facts["runs"]["free_bytes"].get<double>(), static_cast<double>(space.available), 1e9);
  EXPECT_EQ(facts["runs"]["directory"], std::filesystem::canonical(folder_).string());
  EXPECT_GT(facts["memory"]["bytes"].get<int64_t>(),
            facts["memory"]["available_bytes"].get<int64_t>());
  EXPECT_TRUE(facts["problems"].is_array());
}

TEST_F(Doctor, AStoreInAFolderToComeIsJudgedByTheNearestOneThatExists) {
  const auto facts = nlohmann::json::parse(run({"doctor", "--json", "--store", "a/b/c.db"}).out);
  EXPECT_EQ(facts["store"]["directory"], std::filesystem::canonical(folder_).string());
  EXPECT_EQ(facts["store"]["path"], "a/b/c.db");
}

TEST_F(Doctor, TheEnvironmentNamesTheStoreAndTheOptionWins) {
  const std::vector<std::pair<std::string, std::string>> environment = {
      {"RLREASON_STORE", "from-environment.db"}};
  EXPECT_EQ(nlohmann::json::parse(run({"doctor", "--json"}, environment).out)["store"]["path"],
            "from-environment.db");
  EXPECT_EQ(nlohmann::json::parse(
                run({"doctor", "--json", "--store", "x.db"}, environment).out)["store"]["path"],
            "x.db");
  EXPECT_EQ(nlohmann::json::parse(
                run({"--store", "y.db", "--json", "doctor"}, environment).out)["store"]["path"],
            "y.db");
}

}  // namespace
}  // namespace rlreason::cli_test
