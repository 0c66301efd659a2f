// Who may include whom, by grepping the sources: a wrong arrow fails here with file and line.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <string>
#include <vector>

namespace rlreason {
namespace {

struct Include {
  std::string file;  // relative to the tree
  int line;
  std::string target;  // as written between the quotes or brackets
};

bool under(const std::string& path, const std::string& folder) {
  return path.starts_with(folder + "/");
}

std::vector<Include> read_includes() {
  const std::filesystem::path root = RLR_SOURCE_DIR;
  const std::regex pattern(R"rx(^\s*#\s*include\s*[<"]([^>"]+)[>"])rx");
  std::vector<Include> result;
  for (const char* part : {"core", "datasets", "trainers", "evaluators", "sweeps", "cli"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / part)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      std::ifstream stream(entry.path());
      std::smatch match;
      int number = 0;
      for (std::string line; std::getline(stream, line);)
        if (++number; std::regex_search(line, match, pattern))
          result.push_back(
              {std::filesystem::relative(entry.path(), root).string(), number, match[1]});
    }
  return result;
}

const std::vector<Include>& all_includes() {
  static const std::vector<Include> includes = read_includes();
  return includes;
}

void expect_only(const std::string& what, const std::function<bool(const std::string&)>& target,
                 const std::function<bool(const std::string&)>& allowed) {
  for (const Include& include : all_includes()) {
    if (!target(include.target)) continue;
    EXPECT_TRUE(allowed(include.file))
        << include.file << ":" << include.line << ": required " << what << ", came "
        << include.target << "; move the code or pass what it needs";
  }
}

TEST(Includes, ThereAreSome) { EXPECT_GT(all_includes().size(), 100u); }

TEST(Includes, OnlyTheStoreSeesSqlite) {
  expect_only(
      "SQLite in core/store only", [](const auto& t) { return t == "sqlite3.h"; },
      [](const auto& f) { return under(f, "core/store"); });
}

TEST(Includes, OnlyTheConfigurationSeesYaml) {
  expect_only(
      "YAML in core/config only", [](const auto& t) { return under(t, "yaml-cpp"); },
      [](const auto& f) { return under(f, "core/config"); });
}

TEST(Includes, OnlyTheParquetProgramSeesArrow) {
  expect_only(
      "Arrow in datasets/parquet only",
      [](const auto& t) { return under(t, "arrow") || under(t, "parquet"); },
      [](const auto& f) { return under(f, "datasets/parquet"); });
}

// The folders trainers/<axis>/ hold a torch-free header and an implementation a piece.
TEST(Includes, LibTorchIsInTheEngineAndTheTrainersOnly) {
  const std::regex piece_header(R"(trainers/[a-z_]+/[a-z_0-9]+\.h)");
  const std::regex torch(R"((torch|ATen|c10|caffe2)/.*)");
  expect_only(
      "LibTorch in core/engine, trainers' implementations, evaluators/sampling and cli/engine.cpp "
      "only",
      [&](const auto& t) { return std::regex_match(t, torch); },
      [&](const auto& f) {
        if (under(f, "trainers"))
          return !under(f, "trainers/catalog") && !std::regex_match(f, piece_header);
        return under(f, "core/engine") || f.starts_with("evaluators/sampling") ||
               f == "cli/engine.cpp";
      });
}

struct Rule {
  const char* from;
  std::vector<std::string> forbidden;
  const char* except = "-";  // a folder below `from` without this rule
};

// core (no engine) <- datasets <- evaluators <- sweeps; core/engine, datasets <- trainers.
TEST(Includes, PartsPointOneWay) {
  const std::vector<Rule> rules = {
      {"core", {"datasets", "trainers", "evaluators", "sweeps", "cli"}},
      {"core/engine", {"core/store", "core/runlog", "core/terminal"}},
      {"core/store", {"core/config", "core/terminal"}},
      {"core/runlog", {"core/store", "core/config", "core/terminal"}},
      {"core/process", {"core/store", "core/config", "core/runlog", "core/terminal"}},
      {"core/config", {"core/store", "core/process", "core/runlog", "core/terminal"}},
      {"datasets", {"trainers", "evaluators", "sweeps", "cli", "core/engine", "core/store"}},
      {"evaluators", {"trainers", "sweeps", "cli"}},
      {"trainers", {"sweeps", "cli", "core/store"}},
      {"trainers",
       {"evaluators"},
       "trainers/catalog"},  // a run's kind decides which declaration is parsed
      {"sweeps", {"cli", "core/engine"}},
  };
  for (const Include& include : all_includes())
    for (const Rule& rule : rules)
      for (const std::string& target : rule.forbidden) {
        EXPECT_FALSE(under(include.file, rule.from) && !under(include.file, rule.except) &&
                     under(include.target, target))
            << include.file << ":" << include.line << ": required that " << rule.from
            << " does not know " << target << ", came " << include.target;
      }
}

TEST(Includes, EngineHeadersStayInTheEngine) {
  expect_only(
      "core/engine in the engine, trainers, evaluators/sampling and cli/engine.cpp only",
      [](const auto& t) { return under(t, "core/engine"); },
      [](const auto& f) {
        return under(f, "core/engine") || under(f, "trainers") ||
               f.starts_with("evaluators/sampling") || f == "cli/engine.cpp";
      });
}

}  // namespace
}  // namespace rlreason
