// Log-probs of texts under checkpoints by rlreason-engine (trainers/text_scores.h), for `analyze`.
//
// Errors: those of the engine job.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"

namespace rlreason::cli {

struct ScoredText {
  std::string prompt, response;
  bool ended = true;  // by itself: its end token is scored too
};
struct TextScores {
  std::vector<int64_t> tokens;               // per text
  std::vector<std::vector<double>> logprob;  // per checkpoint and text, nats
};

TextScores score_texts(const std::vector<std::filesystem::path>& checkpoints,
                       const std::vector<ScoredText>& texts, double temperature,
                       const Globals& globals);

}  // namespace rlreason::cli
