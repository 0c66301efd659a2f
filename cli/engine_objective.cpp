#include "cli/engine_objective.h"

#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"
#include "core/process/io.h"
#include "trainers/catalog/recipe.h"
#include "trainers/explain.h"

namespace rlreason {

void run_objective(const std::filesystem::path& job) {
  const auto json = nlohmann::json::parse(process::read_file(job / "job.json"), nullptr, false);
  if (!json.is_object() || !json.contains("config"))
    throw DataError("{}: required a job with a configuration, something else came",
                    (job / "job.json").string());
  const train::TrainConfig config = train::config_from_json(json.at("config"));
  const train::Explainer explainer(config);
  std::string output;
  for (const train::TokenLine& line :
       train::parse_token_lines(process::read_file(job / "input.jsonl"), json.at("file"))) {
    train::check_token_line(line, config);
    output += explainer.explain(line, json.at("iteration")).dump() + "\n";
  }
  process::write_file_atomic(job / "output.jsonl", output);
}

}  // namespace rlreason
