#include "cli/commands/score_texts.h"

#include <nlohmann/json.hpp>

#include "cli/commands/engine_job.h"

namespace rlreason::cli {

TextScores score_texts(const std::vector<std::filesystem::path>& checkpoints,
                       const std::vector<ScoredText>& texts, double temperature,
                       const Globals& globals) {
  nlohmann::json folders = nlohmann::json::array();
  for (const auto& own : checkpoints) folders.push_back(std::filesystem::absolute(own).string());
  std::string lines;
  for (const ScoredText& own : texts)
    lines +=
        nlohmann::json({{"prompt", own.prompt}, {"response", own.response}, {"eos", own.ended}})
            .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
        "\n";
  const auto scores =
      nlohmann::json::parse(run_engine_job("analyze",
                                           {{"what", "scores"},
                                            {"quiet", globals.quiet},
                                            {"checkpoints", folders},
                                            {"temperature", temperature}},
                                           {{"texts.jsonl", lines}}, "output.json"));
  return {.tokens = scores.at("tokens").get<std::vector<int64_t>>(),
          .logprob = scores.at("logprob").get<std::vector<std::vector<double>>>()};
}

}  // namespace rlreason::cli
