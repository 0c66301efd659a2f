// Texts and exit codes that every command shares: help, typing errors, --json errors.
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/cli/program.h"

namespace rlreason::cli_test {
namespace {

class ProgramText : public Program {
 protected:
  // The names in the "Subcommands" part of the help.
  std::vector<std::string> commands() {
    const std::string help = run({"--help"}).out;
    std::istringstream lines(help.substr(help.find("Subcommands:")));
    std::vector<std::string> names;
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      if (line.size() < 3 || line[2] == ' ') continue;  // the second line of a summary
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
    return names;
  }
};

TEST_F(ProgramText, HelpIsGolden) {
  const Result result = run({"--help"}, {{"RLREASON_STORE", ""}, {"RLREASON_RUNS", ""}});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  expect_golden("help.txt", result.out);
}

TEST_F(ProgramText, VersionNamesBuildCommitAndLibTorch) {
  const Result result = run({"--version"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(std::regex_match(
      result.out,
      std::regex(
          R"(rlreason \d+\.\d+\.\d+ \(commit [0-9a-z-]+, \w+, \w+ [\d.]+, LibTorch (none|\d+\.\d+\.\d+)\)\n)")))
      << result.out;
}

TEST_F(ProgramText, TypingErrorsAreOneSentenceAndExitCode2) {
  const std::vector<std::vector<std::string>> lines = {{},
                                                       {"docter"},
                                                       {"--jsno"},
                                                       {"doctor", "--stroe", "x"},
                                                       {"doctor", "extra"},
                                                       {"doctor", "--store"}};
  std::string all;
  for (const auto& line : lines) {
    const Result result = run(line);
    EXPECT_EQ(result.code, 2);
    EXPECT_EQ(result.out, "");
    all += "$ rlreason";
    for (const std::string& word : line) all += " " + word;
    all += "\n" + result.err;
  }
  expect_golden("typing_errors.txt", all);
}

TEST_F(ProgramText, JsonErrorIsADocumentOnStandardOutput) {
  const Result result = run({"doctor", "--json", "--stroe", "x"});
  EXPECT_EQ(result.code, 2);
  const auto document = nlohmann::json::parse(result.out);
  EXPECT_EQ(document["error"]["code"], 2);
  EXPECT_EQ("rlreason: " + document["error"]["sentence"].get<std::string>() + "\n", result.err);
}

TEST_F(ProgramText, EveryCommandHelpsAndRefusesUnknownOptions) {
  const std::vector<std::string> names = commands();
  ASSERT_FALSE(names.empty());
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const Result help = run({name, "--help"});
    EXPECT_EQ(help.code, 0);
    for (const char* option : {"--json", "--store", "--runs-dir", "--quiet"})
      EXPECT_NE(help.out.find(option), std::string::npos) << option;
    const Result wrong = run({name, "--no-such-option-anywhere"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_EQ(wrong.err.find('\n'), wrong.err.size() - 1) << wrong.err;
    EXPECT_NE(wrong.err.find("--no-such-option-anywhere"), std::string::npos) << wrong.err;
  }
}

TEST_F(ProgramText, AFailedWriteOfTheAnswerIsADiskError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  process::Child child = process::spawn({.argv = {program().string(), "doctor"},
                                         .out = process::Output::to("/dev/full"),
                                         .err = process::Output::to(folder_ / "err")});
  EXPECT_EQ(child.wait().code, 7);
  EXPECT_NE(text_of(folder_ / "err").find("standard output"), std::string::npos);
}

TEST_F(ProgramText, DoesNotLinkLibTorch) {
  EXPECT_EQ(text_of(program()).find("libtorch_cpu.so"), std::string::npos);
}

}  // namespace
}  // namespace rlreason::cli_test
