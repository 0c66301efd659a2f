// The responses' texts of an evaluation, kept beside its facts: JSON lines, compressed with gzip.
//
//   {"id", "sample", "gold", "text", "prompt"?, "choices"?, "category"?, "options"?}
//
// Written by evaluators/sampling.* and by grading of responses made elsewhere; read for rescoring, for rechecking and to show
// discordant items.  Not here: facts (core/store).
// Errors: DataError naming the file for damage, a text above 64 MiB a line or 4 GiB unpacked.  DiskError from writing.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/prompt.h"

namespace rlreason::eval {

struct StoredText {
  std::string id;
  int64_t sample = 0;
  std::string gold, text, prompt, category;
  std::vector<std::string> choices;
  data::AnswerOptions options;
};

std::string gzip(std::string_view bytes);
std::string to_line(const StoredText& text);  // one JSON line with its newline
void write_texts(const std::filesystem::path& file, const std::vector<StoredText>& texts);
void for_each_text(const std::filesystem::path& file, const std::function<void(StoredText)>& visit);

}  // namespace rlreason::eval
