// Text to token ids and back, from a Hugging Face tokenizer.json.
//
// Kinds: word level split at whitespace (the tiny tasks), and characters (byte-level BPE without merges).  Other
// tokenizer.json contents are a DataError that names the unsupported part; a later kind is another implementation behind
// this class.  encode() never adds special tokens; an unknown word is the unk token where there is one, else a DataError.
// Saved folders give the same ids in tokenizers and, for model types llama and qwen3, in transformers 5.23.  For model type
// qwen2 it replaces the splitting and the unknown token by Qwen2's own: word level comes out wrong there without a warning,
// characters only where a byte is not in the vocabulary.
// Special tokens are found anywhere in a text, as in tokenizers.  digest() also covers the end and padding tokens.
// Thread safety: const, many threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason::tokenizer {

class Tokenizer {
 public:
  static Tokenizer word_level(std::vector<std::string> words, const std::string& eos, const std::string& pad, const std::string& unk = "");
  static Tokenizer characters(std::string_view ascii, const std::string& eos = "<eos>", const std::string& pad = "<pad>", const std::string& unk = "<unk>");
  static Tokenizer load(const std::filesystem::path& folder);  // tokenizer.json + tokenizer_config.json
  void save(const std::filesystem::path& folder) const;        // both files, opened by tokenizers and transformers

  std::vector<int32_t> encode(std::string_view text) const;
  std::string decode(std::span<const int32_t> ids, bool skip_special = true) const;
  int64_t vocab_size() const;
  int32_t eos_id() const;
  int32_t pad_id() const;
  int32_t id(std::string_view token) const;  // -1 when absent
  std::string digest() const;                // sha256 hex of the canonical tokenizer.json, end and pad

  struct Impl;

 private:
  explicit Tokenizer(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace rlreason::tokenizer
