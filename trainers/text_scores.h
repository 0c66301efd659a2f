// How likely stored responses are under checkpoints: behind `rlreason analyze frontier` and `analyze pool`.
//
// job: {"checkpoints": [folder, …], "temperature"}; texts: JSON lines {"prompt", "response", "eos"}, `eos` says that the
// response ended by itself, so that its end token is scored too.
// scores: {"tokens": [per text], "logprob": [[per text] per checkpoint]}, nats summed over the response's tokens.
// Every checkpoint reads the texts with the first one's tokenizer; another one's tokenizer that says something else about
// them is a DataError, since log-probs of different tokens do not compare.  A text is tokenized again: where that differs
// from the tokens that were sampled (merges across a boundary), it is the text that is scored.
// Errors: DataError for folders that are no checkpoints, malformed lines, an empty prompt or response, a text beyond the model's
// positions.  Thread safety: one thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "trainers/weight_report.h"

namespace rlreason::train {

nlohmann::json text_scores(const nlohmann::json& job, const std::string& texts,
                           const ReportProgress& progress);

}  // namespace rlreason::train
