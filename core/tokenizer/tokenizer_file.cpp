#include "core/error.h"
#include "core/json.h"
#include "core/process/io.h"
#include "core/tokenizer/tokenizer_impl.h"

namespace rlreason::tokenizer {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int64_t kMostFileBytes = 64 << 20;
constexpr size_t kMostTokens = 1 << 20, kMostTokenBytes = 4096, kMostAdded = 4096;

json read_json(const std::filesystem::path& path) {
  json value = parse_untrusted_json(process::read_file(path, kMostFileBytes), path.string());
  if (!value.is_object())
    throw DataError("{}: required one JSON object, {} came; save the tokenizer again",
                    path.string(), value.type_name());
  return value;
}

[[noreturn]] void unsupported(const std::string& where, std::string_view part, const json& came) {
  std::string text = came.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > 200) text = text.substr(0, 200) + "...";
  throw DataError(
      "{}: required a word-level tokenizer split at spaces or a byte-level one without merges, {} "
      "{} came; this kind is not supported",
      where, part, text);
}

// null where the key is absent.
const json& member(const json& object, const char* key) {
  static const json kNull;
  const auto it = object.find(key);
  return it == object.end() ? kNull : *it;
}

std::string type_of(const json& value) {
  const json& type = value.is_object() ? member(value, "type") : value;
  return type.is_string() ? type.get<std::string>() : "";
}

int32_t read_id(const json& value, const std::string& where, std::string_view token) {
  if (!value.is_number_integer() || value < 0 || value >= static_cast<int64_t>(kMostTokens))
    throw DataError(
        "{}: required an id from 0 to {} for token '{}', {} came; repair the vocabulary", where,
        kMostTokens - 1, token, value.is_number() ? value.dump() : "another type");
  return value.get<int32_t>();
}

class TokenTable {
 public:
  explicit TokenTable(std::string where) : where_(std::move(where)) {}
  void put(int32_t id, const std::string& token) {
    if (token.empty() || token.size() > kMostTokenBytes)
      throw DataError(
          "{}: required tokens of 1 to {} bytes, {} came for id {}; repair the vocabulary", where_,
          kMostTokenBytes, token.size(), id);
    const auto at = static_cast<size_t>(id);
    if (at >= tokens_.size()) tokens_.resize(at + 1);
    if (!tokens_[at].empty() && tokens_[at] != token)
      throw DataError("{}: required one token for id {}, '{}' and '{}' came; repair the vocabulary",
                      where_, id, tokens_[at], token);
    tokens_[at] = token;
  }
  std::vector<std::string> take() {
    for (size_t i = 0; i < tokens_.size(); ++i)
      if (tokens_[i].empty())
        throw DataError("{}: required ids without gaps, id {} has no token; repair the vocabulary",
                        where_, i);
    if (tokens_.empty())
      throw DataError("{}: required a vocabulary, an empty one came; save the tokenizer again",
                      where_);
    return std::move(tokens_);
  }

 private:
  std::string where_;
  std::vector<std::string> tokens_;
};

void read_added(const json& list, const std::string& where, TokenTable& table,
                std::vector<Added>& added) {
  if (list.is_null()) return;
  if (!list.is_array() || list.size() > kMostAdded)
    throw DataError(
        "{}: required a list of at most {} added_tokens, another value came; save the tokenizer "
        "again",
        where, kMostAdded);
  for (const json& entry : list) {
    if (!entry.is_object() || !member(entry, "content").is_string())
      throw DataError(
          "{}: required added_tokens with id and content, another value came; save the tokenizer "
          "again",
          where);
    for (const char* flag : {"lstrip", "rstrip", "single_word"})
      if (member(entry, flag) == json(true)) unsupported(where, "an added token", entry);
    const std::string content = entry["content"].get<std::string>();
    const int32_t id = read_id(member(entry, "id"), where, content);
    table.put(id, content);
    added.push_back({id, member(entry, "special") == json(true)});
  }
}

bool splits_at_spaces(const json& pre) {
  if (type_of(pre) != "Split" || member(pre, "invert") == json(true)) return false;
  const json& pattern = member(pre, "pattern");
  return pattern.is_object() && member(pattern, "String") == json(" ") &&
         member(pre, "behavior") == json("Removed");
}

// Without merges the places of a split do not matter, as long as it drops nothing and adds no space.
bool keeps_all_bytes(const json& pre) {
  if (type_of(pre) == "ByteLevel") return member(pre, "add_prefix_space") != json(true);
  if (type_of(pre) == "Split") return member(pre, "behavior") != json("Removed");
  if (type_of(pre) != "Sequence" || !member(pre, "pretokenizers").is_array()) return false;
  bool byte_level = false;
  for (const json& part : pre["pretokenizers"]) {
    if (type_of(part) == "Sequence" || !keeps_all_bytes(part)) return false;
    byte_level |= type_of(part) == "ByteLevel";
  }
  return byte_level;
}

void read_kind(const json& file, const std::string& where, Tokenizer::Impl& impl) {
  const json& model = member(file, "model");
  const json& pre = member(file, "pre_tokenizer");
  const std::string type = type_of(model);
  if (type == "WordLevel") {
    impl.kind = Kind::words;
    if (!splits_at_spaces(pre)) unsupported(where, "pre_tokenizer", pre);
    if (!member(file, "normalizer").is_null()) unsupported(where, "normalizer", file["normalizer"]);
    if (!member(file, "decoder").is_null()) unsupported(where, "decoder", file["decoder"]);
  } else if (type == "BPE") {
    impl.kind = Kind::characters;
    const json& merges = member(model, "merges");
    if (!merges.is_array() || !merges.empty())
      unsupported(where, "model with merges:", merges.is_array() ? merges.front() : merges);
    if (type_of(pre) == "Split" || !keeps_all_bytes(pre)) unsupported(where, "pre_tokenizer", pre);
    for (const char* key : {"fuse_unk", "ignore_merges", "byte_fallback"})
      if (member(model, key) == json(true)) unsupported(where, "model setting", key);
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"})
      if (const json& affix = member(model, key); !affix.is_null() && affix != json(""))
        unsupported(where, key, affix);
    if (type_of(member(file, "decoder")) != "ByteLevel")
      unsupported(where, "decoder", member(file, "decoder"));
    const json& normalizer = member(file, "normalizer");
    if (!normalizer.is_null() && type_of(normalizer) != "NFC")
      unsupported(where, "normalizer", normalizer);
    impl.ascii_only = !normalizer.is_null();
  } else {
    unsupported(where, "model of type", type);
  }
}

// eos_token and friends: a string, or an object with `content`; "" when absent.
std::string special_name(const json& config, const char* key) {
  const json& value = member(config, key);
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && member(value, "content").is_string())
    return value["content"].get<std::string>();
  return "";
}

}  // namespace

json to_file(const Tokenizer::Impl& impl) {
  const bool words = impl.kind == Kind::words;
  json vocab = json::object(), added = json::array();
  for (size_t i = 0; i < impl.tokens.size(); ++i) {
    vocab[impl.tokens[i]] = i;
    if (impl.flags[i] & 1)
      added.push_back({{"id", i},
                       {"content", impl.tokens[i]},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"special", (impl.flags[i] & 2) != 0}});
  }
  const json byte_level = {{"type", "ByteLevel"},
                           {"add_prefix_space", false},
                           {"trim_offsets", true},
                           {"use_regex", false}};
  json file = {
      {"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}, {"added_tokens", added}};
  file["normalizer"] = impl.ascii_only ? json{{"type", "NFC"}} : json();
  if (words) {
    file["pre_tokenizer"] = {{"type", "Split"},
                             {"pattern", {{"String", " "}}},
                             {"behavior", "Removed"},
                             {"invert", false}};
    file["post_processor"] = nullptr;
    file["decoder"] = nullptr;  // joins with a space
    file["model"] = {{"type", "WordLevel"}, {"vocab", vocab}, {"unk_token", impl.unk_name}};
  } else {
    file["pre_tokenizer"] = byte_level;
    file["post_processor"] = nullptr;
    file["decoder"] = byte_level;
    file["model"] = {{"type", "BPE"},
                     {"dropout", nullptr},
                     {"unk_token", impl.unk < 0 ? json() : json(impl.unk_name)},
                     {"continuing_subword_prefix", nullptr},
                     {"end_of_word_suffix", nullptr},
                     {"fuse_unk", false},
                     {"byte_fallback", false},
                     {"ignore_merges", false},
                     {"vocab", vocab},
                     {"merges", json::array()}};
  }
  return file;
}

json to_config_file(const Tokenizer::Impl& impl) {
  const auto token = [&](int32_t id) { return impl.tokens[static_cast<size_t>(id)]; };
  json config = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                 {"eos_token", token(impl.eos)},
                 {"pad_token", token(impl.pad)}};
  if (impl.unk >= 0) config["unk_token"] = impl.unk_name;
  config["padding_side"] = "left";
  config["clean_up_tokenization_spaces"] = false;
  config["model_max_length"] = 1000000;
  return config;
}

Tokenizer Tokenizer::load(const std::filesystem::path& folder) {
  const std::string where = (folder / "tokenizer.json").string();
  const json file = read_json(folder / "tokenizer.json"),
             config = read_json(folder / "tokenizer_config.json");
  auto impl = std::make_shared<Impl>();
  read_kind(file, where, *impl);
  const json& model = file["model"];
  const json& vocab = member(model, "vocab");
  if (!vocab.is_object() || vocab.size() > kMostTokens)
    throw DataError(
        "{}: required a model vocab of at most {} tokens, another value came; save the tokenizer "
        "again",
        where, kMostTokens);
  TokenTable table(where);
  for (const auto& [token, id] : vocab.items()) table.put(read_id(id, where, token), token);
  read_added(member(file, "added_tokens"), where, table, impl->added);
  impl->tokens = table.take();
  if (member(model, "unk_token").is_string())
    impl->unk_name = model["unk_token"].get<std::string>();
  else if (impl->kind == Kind::characters)
    impl->unk_name.clear();
  impl->finish((folder / "tokenizer_config.json").string(), special_name(config, "eos_token"),
               special_name(config, "pad_token"));
  return Tokenizer(std::move(impl));
}

void Tokenizer::save(const std::filesystem::path& folder) const {
  process::write_file_atomic(folder / "tokenizer.json", to_file(*impl_).dump(2) + "\n");
  process::write_file_atomic(folder / "tokenizer_config.json",
                             to_config_file(*impl_).dump(2) + "\n");
}

}  // namespace rlreason::tokenizer
