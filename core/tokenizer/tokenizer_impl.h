// The tables behind Tokenizer, shared by encoding (tokenizer.cpp) and the file format (tokenizer_file.cpp).  Internal.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/tokenizer/tokenizer.h"

namespace rlreason::tokenizer {

enum class Kind { words, characters };

struct Added {
  int32_t id = 0;
  bool special = false;  // left out by decode(skip_special)
};

struct Tokenizer::Impl {
  Kind kind = Kind::words;
  std::vector<std::string> tokens;  // by id, as written in tokenizer.json (byte names for characters)
  std::unordered_map<std::string, int32_t> ids;
  std::vector<Added> added;     // matched in the text before anything else, the longest first
  std::vector<uint8_t> flags;   // by id: 1 added, 2 special
  std::array<int32_t, 256> byte_ids{};  // characters: -1 where a byte has no token
  int32_t eos = -1, pad = -1, unk = -1;
  std::string unk_name = "<unk>";  // as in the model section, also when it is not in the vocabulary
  bool ascii_only = false;         // the file asks for a Unicode normalisation, which is the identity on ASCII only
  std::string digest;

  // Fills ids, flags, byte_ids and digest from the rest.  DataError (with `where`) when tables disagree.
  void finish(const std::string& where, const std::string& eos_name, const std::string& pad_name);
};

// The names that byte-level BPE gives the 256 bytes: printable Latin-1 characters stand for themselves, the others for
// U+0100, U+0101, ... in order (GPT-2).  As UTF-8.
const std::array<std::string, 256>& byte_names();
// Back from a token of such names to bytes; characters that are no byte name stay as they are.
std::string bytes_of(const std::string& token);

nlohmann::json to_file(const Tokenizer::Impl& impl);         // tokenizer.json
nlohmann::json to_config_file(const Tokenizer::Impl& impl);  // tokenizer_config.json

}  // namespace rlreason::tokenizer
