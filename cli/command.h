// How a command joins the program: one file in cli/commands/ that registers a name, a summary and a
// declaration.
//
//   const cli::Register kEntry{"doctor", "what this machine can do",
//       [](CLI::App& app, const cli::Globals& globals) -> cli::Run {
//         auto options = std::make_shared<Options>();  // lives as long as the returned function
//         app.add_option("--seed", options->seed, "random seed")->check(CLI::Range(0, 1000));
//         return [options, &globals] { ... };          // runs when the command was chosen
//       }};
//
// Declaring must be cheap: every command is declared at every start.  Defaults and ranges appear in
// --help by themselves (defaults are captured, validators describe their range).  Nested subcommands
// (`sweep plan`) are the command's own: app.add_subcommand, then app.got_subcommand in the function.
// Errors: the function throws rlreason::Error; main() turns it into one sentence and the exit code.
// An Error with an empty sentence sets only the exit code (a child has already said what happened).
// Not here: parsing of recipes, settings and plans (core/config).
// Thread safety: written before main(), read-only afterwards.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace rlreason::cli {

// Options that every command accepts, before or after its name.
struct Globals {
  bool json = false;                            // --json: the answer on stdout is one JSON document
  bool quiet = false;                           // --quiet: no progress on stderr
  std::filesystem::path store = "rlreason.db";  // --store, RLREASON_STORE
  std::filesystem::path runs_dir = "runs";      // --runs-dir, RLREASON_RUNS
  std::filesystem::path verifiers = {};         // --verifiers, RLREASON_VERIFIERS: the user's own programs
};

using Run = std::function<void()>;
using Declare = std::function<Run(CLI::App&, const Globals&)>;

struct Command {
  std::string name;
  std::string summary;
  Declare declare;
};

inline std::vector<Command>& commands() {
  static std::vector<Command> all;
  return all;
}

struct Register {
  Register(std::string name, std::string summary, Declare declare) {
    commands().push_back({std::move(name), std::move(summary), std::move(declare)});
  }
};

}  // namespace rlreason::cli
