// rlreason-engine objective --job DIR: the objective of DIR/job.json on DIR/input.jsonl into DIR/output.jsonl.
//
// job.json is {config: a resolved TrainConfig, file: the input's name in sentences, iteration}; `rlreason objective` writes
// the folder, has checked the input already, and removes the folder afterwards.
// Errors: those of trainers/explain.h and of reading the job.
#pragma once

#include <filesystem>

namespace rlreason {

void run_objective(const std::filesystem::path& job);

}  // namespace rlreason
