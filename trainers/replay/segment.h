// Bytes of one segment: responses and their prompts, complete in itself.
//
// Layout: "rlreason replay 1\n", a header's length as 8 bytes (little-endian), the header as JSON {prompts: {key: {prompt, ids}},
// entries: […]}, then for each entry its token ids (int32), behavior_logprob and old_logprob (float32, bit for bit, NaN included).
// How often an entry was used is not here: it changes (archive.h keeps it in the checkpoint).
// Errors: DataError naming `where` for anything that is not such bytes.
// Thread safety: pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "trainers/replay/experience.h"

namespace rlreason::train {

struct Segment {
  std::map<std::string, ReplayPrompt> prompts;  // by key
  std::vector<Experience> entries;              // by ascending id
};

std::string encode_segment(const Segment& segment);
Segment decode_segment(std::string_view bytes, const std::string& where);

}  // namespace rlreason::train
