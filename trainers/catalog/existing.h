// Identity of something that exists already and that a run starts from: a run directory, a checkpoint or a dataset folder.
//
//   run.json or manifest.json   the identity in it, else the file's own sha256
//   config.json                 a plain Hugging Face checkpoint: config.json, and of every *.safetensors its name, size and
//                               digest, so that new weights in the same folder are another checkpoint
//
// The digest of a weight file is the sha256 of its content when all of the folder's together have at most 256 MiB.  Beyond, it
// is taken of the header (names, shapes, offsets), of 256 blocks of 64 KiB evenly spread from the first byte to the last, and of the
// size: training moves nearly every weight, so a change that misses all blocks is one made by hand.
// Errors: DataError when the folder is none of these, or cannot be read.
// Thread safety: pure reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace rlreason::train {

inline constexpr uint64_t kWholeDigestBytes = uint64_t{256} << 20;

// `whole_bytes` is for tests.
std::string existing_identity(const std::filesystem::path& folder, uint64_t whole_bytes = kWholeDigestBytes);

}  // namespace rlreason::train
