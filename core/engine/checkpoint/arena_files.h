// An arena's weights and its optimizer's moments as named tensors, and back: a checkpoint's files besides the model itself.
//
// Weights go under their parameters' names, moments under exp_avg.<name> and exp_avg_sq.<name>.
// Reading back requires every name once, with the arena's shapes, and nothing else: DataError names file and tensor.
// Not here: the format (safetensors.h), Hugging Face's model folders (model/policy.h).
// Thread safety: writes to the arena from one thread.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/engine/arena/arena.h"
#include "core/engine/checkpoint/safetensors.h"
#include "core/engine/optimizer/adamw.h"

namespace rlreason::engine {

NamedTensors named_weights(const Arena& arena);
NamedTensors named_moments(const Arena& arena, const AdamW& optimizer);

void load_weights(const std::filesystem::path& file, Arena& arena);  // bumps the version
// `steps`: how many the moments have seen.
void load_moments(const std::filesystem::path& file, const Arena& arena, int64_t steps, AdamW& optimizer);

}  // namespace rlreason::engine
