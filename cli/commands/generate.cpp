// rlreason generate CHECKPOINT [PROMPT]: try a model.  Runs the engine once a prompt; prompts come from stdin without PROMPT.
#include <fmt/core.h>

#include <iostream>
#include <memory>
#include <string>

#include "cli/command.h"
#include "core/error.h"
#include "core/process/self.h"
#include "core/process/spawn.h"

namespace rlreason::cli {
namespace {

struct Options {
  std::string checkpoint, prompt;
  int64_t samples = 1, max_new_tokens = 64;
  double temperature = 1.0;
  uint64_t seed = 0;
};

void run_prompt(const Options& options, const std::string& prompt, const Globals& globals) {
  std::filesystem::path checkpoint = options.checkpoint;
  if (!std::filesystem::exists(checkpoint) &&
      std::filesystem::exists(globals.runs_dir / checkpoint))
    checkpoint = globals.runs_dir / checkpoint;
  process::SpawnOptions spawn;
  spawn.argv = {process::find_sibling("rlreason-engine").string(),
                "generate",
                "--checkpoint",
                checkpoint.string(),
                "--prompt",
                prompt,
                "--samples",
                std::to_string(options.samples),
                "--max-new-tokens",
                std::to_string(options.max_new_tokens),
                "--temperature",
                fmt::format("{}", options.temperature),
                "--seed",
                std::to_string(options.seed),
                "--json",
                globals.json ? "true" : "false"};
  process::Child child = process::spawn(spawn);
  const process::ExitStatus status = child.wait();
  if (!status.ok())
    throw Error(status.signal ? ExitCode::bug : static_cast<ExitCode>(status.code),
                status.signal ? process::describe_exit(status) : "");
}

const Register kEntry{
    "generate", "sample responses of a checkpoint to a prompt",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.add_option("CHECKPOINT", options->checkpoint, "a checkpoint folder or a run directory")
          ->required();
      app.add_option("PROMPT", options->prompt,
                     "text of the prompt; one a line from standard input when left out");
      app.add_option("--samples", options->samples, "responses per prompt")
          ->check(CLI::Range(1, 65536));
      app.add_option("--max-new-tokens", options->max_new_tokens, "longest response in tokens")
          ->check(CLI::Range(1, 1 << 20));
      app.add_option("--temperature", options->temperature, "sampling temperature; 0 is greedy")
          ->check(CLI::Range(0.0, 100.0));
      app.add_option("--seed", options->seed, "random seed");
      return [options, &globals] {
        if (!options->prompt.empty()) return run_prompt(*options, options->prompt, globals);
        for (std::string line; std::getline(std::cin, line);)
          if (!line.empty()) run_prompt(*options, line, globals);
      };
    }};

}  // namespace
}  // namespace rlreason::cli
