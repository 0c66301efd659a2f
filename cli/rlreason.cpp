// rlreason: argv -> command.  The program's only try/catch: error kind -> sentence and exit code.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/build_info.h"
#include "core/error.h"
#include "core/registry.h"
#include "datasets/verifiers/external.h"

namespace rlreason::cli {
namespace {

std::string from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

void add_global_options(CLI::App& app, Globals& globals) {
  app.add_flag("--json", globals.json, "print the answer as one JSON document")
      ->group("Everywhere");
  app.add_flag("--quiet", globals.quiet, "no progress on stderr")->group("Everywhere");
  app.add_option("--store", globals.store, "the SQLite store (environment: RLREASON_STORE)")
      ->type_name("FILE")
      ->group("Everywhere");
  app.add_option("--runs-dir", globals.runs_dir, "where runs are kept (environment: RLREASON_RUNS)")
      ->type_name("DIR")
      ->group("Everywhere");
  app.add_option("--verifiers", globals.verifiers,
                 "YAML of your own programs as verifiers external:NAME (environment: RLREASON_VERIFIERS)")
      ->type_name("FILE")
      ->group("Everywhere");
  for (CLI::App* nested : app.get_subcommands([](CLI::App*) { return true; }))
    add_global_options(*nested, globals);
}

// The deepest command that was named: its help, its options, its spelling.
const CLI::App& chosen(const CLI::App& app) {
  const CLI::App* deepest = &app;
  while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().front();
  return *deepest;
}

std::string path_of(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : path_of(*parent) + " " + app.get_name();
}

std::vector<std::string> spellings(const CLI::App& app, bool flags) {
  std::vector<std::string> names;
  if (flags) {
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  } else {
    for (const CLI::App* nested : app.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(nested->get_name());
  }
  return names;
}

// Each ends in the word "see", which the help command follows.
std::string unknown_word(const CLI::App& app, const std::string& word) {
  const bool flag = word.starts_with("-");
  const std::vector<std::string> known = spellings(app, flag);
  if (!flag && known.empty())
    return fmt::format("required no further argument, '{}' came; see", word);
  return fmt::format("required a known {}, '{}' came; did you mean '{}'? See",
                     flag ? "option" : "command", word,
                     nearest(word.substr(0, word.find('=')), known));
}

// CLI11 checks requirements before unknown words; a typo is the likelier cause and comes first.
std::string usage_sentence(const CLI::App& root, const CLI::ParseError& error) {
  const CLI::App& app = chosen(root);
  const std::string where =
      &app == &root ? "command line" : path_of(app).substr(root.get_name().size() + 1);
  const std::vector<std::string> extras = app.remaining();
  std::string what = error.what() + std::string("; see");
  if (!extras.empty())
    what = unknown_word(app, extras.front());
  else if (error.get_name() == "RequiredError" && !spellings(app, false).empty())
    what = "required a command, none came; see";
  return fmt::format("{}: {} '{} --help'", where, what, path_of(app));
}

int report(ExitCode code, const std::string& sentence, bool json) {
  if (!sentence.empty()) {
    fmt::print(stderr, "rlreason: {}\n", sentence);
    if (json) {
      const nlohmann::json document = {
          {"error", {{"code", static_cast<int>(code)}, {"sentence", sentence}}}};
      fmt::print("{}\n", document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
  }
  return static_cast<int>(code);
}

// Answers are on stdout: an answer that did not arrive is an error.
void finish_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    throw DiskError(
        "standard output: required all of the answer written, the write failed; free space or mend "
        "the pipe");
}

void run_command(int argc, char** argv, Globals& globals, CLI::App& app) {
  app.option_defaults()->always_capture_default();
  app.set_help_flag("-h,--help", "this help");
  app.set_version_flag("--version", build_line(), "build, commit and LibTorch version");
  app.require_subcommand(1);
  std::sort(commands().begin(), commands().end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::vector<std::pair<CLI::App*, Run>> runs;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    runs.emplace_back(sub, command.declare(*sub, globals));
  }
  add_global_options(app, globals);
  app.parse(argc, argv);
  if (!globals.verifiers.empty()) {  // an engine that is started gets them by the environment
    ::setenv(data::kVerifiersVariable, std::filesystem::absolute(globals.verifiers).c_str(), 1);
    data::register_external_verifiers_from_environment();
  }
  for (const auto& [sub, run] : runs)
    if (sub->parsed()) run();
  finish_output();
}

int guarded_main(int argc, char** argv) {
  const bool json = std::any_of(
      argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
  CLI::App app("Train language models to reason with verifiable rewards, and compare methods.",
               "rlreason");
  Globals globals{.store = from_environment("RLREASON_STORE", "rlreason.db"),
                  .runs_dir = from_environment("RLREASON_RUNS", "runs"),
                  .verifiers = from_environment(data::kVerifiersVariable, "")};
  try {
    run_command(argc, argv, globals, app);
    return static_cast<int>(ExitCode::ok);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return static_cast<int>(ExitCode::ok);
  } catch (const CLI::CallForVersion&) {
    fmt::print("{}\n", build_line());
    return static_cast<int>(ExitCode::ok);
  } catch (const CLI::ParseError& error) {
    return report(ExitCode::usage, usage_sentence(app, error), json);
  } catch (const Error& error) {
    return report(error.code(), error.what(), json);
  } catch (const std::exception& error) {
    return report(
        ExitCode::bug,
        fmt::format("this is a bug of {}: {}; please report it with the command line you typed",
                    build_line(), error.what()),
        json);
  }
}

}  // namespace
}  // namespace rlreason::cli

int main(int argc, char** argv) { return rlreason::cli::guarded_main(argc, argv); }
