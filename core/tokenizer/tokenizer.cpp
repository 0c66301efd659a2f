#include "core/tokenizer/tokenizer.h"

#include <algorithm>
#include <utility>

#include "core/digest.h"
#include "core/error.h"
#include "core/tokenizer/tokenizer_impl.h"
#include "core/utf8.h"

namespace rlreason::tokenizer {
namespace {

// Calls word(text) for each run of characters other than a space.
template <class F>
void for_each_word(std::string_view text, F&& word) {
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) word(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

void encode_words(const Tokenizer::Impl& impl, std::string_view text, std::vector<int32_t>& out) {
  for_each_word(text, [&](std::string_view word) {
    const auto it = impl.ids.find(std::string(word));
    const int32_t id = it == impl.ids.end() ? impl.unk : it->second;
    if (id < 0)
      throw DataError(
          "tokenizer: required words of its vocabulary of {}, '{}' came and there is no unknown "
          "token; use the tokenizer of this data",
          impl.tokens.size(), word.substr(0, 64));
    out.push_back(id);
  });
}

void encode_bytes(const Tokenizer::Impl& impl, std::string_view text, std::vector<int32_t>& out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 && impl.ascii_only)
      throw DataError(
          "tokenizer: required ASCII text, byte 0x{:02x} came; this tokenizer normalises Unicode, "
          "which is not supported",
          byte);
    const int32_t id = impl.byte_ids[byte] >= 0 ? impl.byte_ids[byte] : impl.unk;
    if (id < 0)
      throw DataError(
          "tokenizer: required bytes of its vocabulary of {}, 0x{:02x} came and there is no "
          "unknown token; use the tokenizer of this data",
          impl.tokens.size(), byte);
    out.push_back(id);
  }
}

// The added token that the text begins with, the longest; -1 when none.
int32_t added_at(const Tokenizer::Impl& impl, std::string_view text) {
  for (const Added& added : impl.added)
    if (text.starts_with(impl.tokens[static_cast<size_t>(added.id)])) return added.id;
  return -1;
}

}  // namespace

const std::array<std::string, 256>& byte_names() {
  static const auto names = [] {
    std::array<std::string, 256> result;
    uint32_t next = 256;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const bool printable =
          (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
      utf8::append(result[byte], printable ? byte : next++);
    }
    return result;
  }();
  return names;
}

std::string bytes_of(const std::string& token) {
  static const auto bytes = [] {
    std::unordered_map<std::string, char> result;
    for (size_t byte = 0; byte < 256; ++byte)
      result.emplace(byte_names()[byte], static_cast<char>(byte));
    return result;
  }();
  std::string result;
  for (size_t i = 0; i < token.size();) {
    size_t length = 1;
    while (i + length < token.size() &&
           (static_cast<unsigned char>(token[i + length]) & 0xC0) == 0x80)
      ++length;
    const std::string piece = token.substr(i, length);
    const auto it = bytes.find(piece);
    result += it == bytes.end() ? piece : std::string(1, it->second);
    i += length;
  }
  return result;
}

void Tokenizer::Impl::finish(const std::string& where, const std::string& eos_name,
                             const std::string& pad_name) {
  for (size_t i = 0; i < tokens.size(); ++i)
    if (!ids.emplace(tokens[i], static_cast<int32_t>(i)).second)
      throw DataError("{}: required distinct tokens, '{}' came twice; repair the vocabulary", where,
                      tokens[i]);
  const auto known = [&](const std::string& name) {
    const auto it = ids.find(name);
    return it == ids.end() ? -1 : it->second;
  };
  eos = known(eos_name);
  if (eos < 0)
    throw DataError(
        "{}: required an end-of-sequence token in the vocabulary, '{}' came; set eos_token", where,
        eos_name);
  pad = pad_name.empty() ? eos : known(pad_name);
  if (pad < 0)
    throw DataError("{}: required the padding token in the vocabulary, '{}' came; set pad_token",
                    where, pad_name);
  unk = known(unk_name);
  flags.assign(tokens.size(), 0);
  for (const Added& entry : added) flags[static_cast<size_t>(entry.id)] = entry.special ? 3 : 1;
  std::sort(added.begin(), added.end(), [&](const Added& a, const Added& b) {
    const auto& x = tokens[static_cast<size_t>(a.id)];
    const auto& y = tokens[static_cast<size_t>(b.id)];
    return x.size() != y.size() ? x.size() > y.size() : a.id < b.id;
  });
  for (size_t byte = 0; byte < 256; ++byte)
    byte_ids[byte] = kind == Kind::characters ? known(byte_names()[byte]) : -1;
  digest =
      sha256(to_file(*this).dump() + "\n" + eos_name + "\n" + tokens[static_cast<size_t>(pad)]);
}

Tokenizer Tokenizer::word_level(std::vector<std::string> words, const std::string& eos,
                                const std::string& pad, const std::string& unk) {
  auto impl = std::make_shared<Impl>();
  impl->kind = Kind::words;
  impl->tokens = std::move(words);
  if (!unk.empty()) impl->unk_name = unk;
  for (size_t i = 0; i < impl->tokens.size(); ++i) {
    const std::string& word = impl->tokens[i];
    RLR_ENSURE(!word.empty() && word.find(' ') == std::string::npos,
               "word {} of a vocabulary is '{}'", i, word);
    if (word == eos || word == pad || word == unk)
      impl->added.push_back({static_cast<int32_t>(i), true});
  }
  impl->finish("word_level", eos, pad);
  return Tokenizer(std::move(impl));
}

Tokenizer Tokenizer::characters(std::string_view ascii, const std::string& eos,
                                const std::string& pad, const std::string& unk) {
  auto impl = std::make_shared<Impl>();
  impl->kind = Kind::characters;
  impl->unk_name = unk;
  for (const std::string& name : {pad, eos, unk})
    if (!name.empty() &&
        std::find(impl->tokens.begin(), impl->tokens.end(), name) == impl->tokens.end()) {
      impl->added.push_back({static_cast<int32_t>(impl->tokens.size()), true});
      impl->tokens.push_back(name);
    }
  for (const char c : ascii) impl->tokens.push_back(byte_names()[static_cast<unsigned char>(c)]);
  impl->finish("characters", eos, pad);
  return Tokenizer(std::move(impl));
}

std::vector<int32_t> Tokenizer::encode(std::string_view text) const {
  std::vector<int32_t> out;
  const auto plain = [&](std::string_view part) {
    impl_->kind == Kind::words ? encode_words(*impl_, part, out) : encode_bytes(*impl_, part, out);
  };
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    const int32_t found = added_at(*impl_, text.substr(i));
    if (found < 0) {
      ++i;
      continue;
    }
    plain(text.substr(begin, i - begin));
    out.push_back(found);
    begin = i += impl_->tokens[static_cast<size_t>(found)].size();
  }
  plain(text.substr(begin));
  return out;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skip_special) const {
  std::string out;
  bool first = true;
  for (const int32_t id : ids) {
    if (id < 0 || static_cast<size_t>(id) >= impl_->tokens.size())
      throw DataError(
          "tokenizer: required token ids below {}, {} came; the tokenizer and the model disagree",
          impl_->tokens.size(), id);
    const uint8_t flags = impl_->flags[static_cast<size_t>(id)];
    if (skip_special && (flags & 2)) continue;
    const std::string& token = impl_->tokens[static_cast<size_t>(id)];
    if (impl_->kind == Kind::words) {
      if (!first) out += ' ';
      out += token;
    } else {
      out += (flags & 1) ? token : bytes_of(token);
    }
    first = false;
  }
  return out;
}

int64_t Tokenizer::vocab_size() const { return static_cast<int64_t>(impl_->tokens.size()); }
int32_t Tokenizer::eos_id() const { return impl_->eos; }
int32_t Tokenizer::pad_id() const { return impl_->pad; }
int32_t Tokenizer::id(std::string_view token) const {
  const auto it = impl_->ids.find(std::string(token));
  return it == impl_->ids.end() ? -1 : it->second;
}
std::string Tokenizer::digest() const { return impl_->digest; }

}  // namespace rlreason::tokenizer
