#include "core/engine/model/model_config.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/error.h"

namespace rlreason::engine {
namespace {

using nlohmann::json;

// The rule that a configuration breaks, if any.
std::optional<std::string> broken_rule(const ModelConfig& c) {
  const std::pair<const char*, int64_t> positive[] = {
      {"hidden_size", c.hidden_size},
      {"intermediate_size", c.intermediate_size},
      {"num_hidden_layers", c.num_hidden_layers},
      {"num_attention_heads", c.num_attention_heads},
      {"num_key_value_heads", c.num_key_value_heads},
      {"head_dim", c.head_dim},
      {"max_position_embeddings", c.max_position_embeddings}};
  constexpr int64_t kLargest = 1 << 24;  // products of two stay far inside 64 bits
  for (const auto& [name, value] : positive)
    if (value < 1 || value > kLargest)
      return fmt::format("{}: required 1 to {}, got {}", name, kLargest, value);
  if (c.vocab_size < 0 || c.vocab_size > kLargest)
    return fmt::format("vocab_size: required 0 to {}, got {}", kLargest, c.vocab_size);
  if (c.num_attention_heads % c.num_key_value_heads != 0)
    return fmt::format("num_key_value_heads: required a divisor of num_attention_heads {}, got {}",
                       c.num_attention_heads, c.num_key_value_heads);
  if (c.head_dim % 2 != 0)
    return fmt::format("head_dim: required an even number for the rotary embedding, got {}",
                       c.head_dim);
  if (!std::isfinite(c.rope_theta) || c.rope_theta < 1)
    return fmt::format("rope_theta: required a number >= 1, got {}", c.rope_theta);
  if (!std::isfinite(c.rms_norm_eps) || c.rms_norm_eps < 0)
    return fmt::format("rms_norm_eps: required a number >= 0, got {}", c.rms_norm_eps);
  return std::nullopt;
}

// One config.json with the file's name in every complaint.
class Reader {
 public:
  Reader(const json& config, const std::string& where) : config_(config), where_(where) {
    if (!config.is_object())
      throw DataError("{}: required a JSON object, got {}", where, config.type_name());
  }

  template <class T>
  T get(const char* name) const {
    const std::optional<T> value = find<T>(config_, name);
    if (!value) throw DataError("{}: required the field '{}', found none", where_, name);
    return *value;
  }
  template <class T>
  T get_or(const char* name, T otherwise) const {
    return find<T>(config_, name).value_or(otherwise);
  }
  const json* object(const char* name) const {
    const auto found = config_.find(name);
    return found == config_.end() || !found->is_object() ? nullptr : &*found;
  }
  template <class T>
  std::optional<T> find(const json& from, const char* name) const {
    const auto found = from.find(name);
    if (found == from.end() || found->is_null()) return std::nullopt;
    constexpr bool kFlag = std::is_same_v<T, bool>, kText = std::is_same_v<T, std::string>;
    const bool fits = kFlag                   ? found->is_boolean()
                      : kText                 ? found->is_string()
                      : std::is_integral_v<T> ? found->is_number_integer()
                                              : found->is_number();
    if (!fits)
      throw DataError("{}: {}: required {}, got {}", where_, name,
                      kFlag   ? "true or false"
                      : kText ? "text"
                              : "a number",
                      found->type_name());
    return found->get<T>();
  }
  void require(bool supported, const char* name, const std::string& what) const {
    if (!supported)
      throw DataError("{}: {}: required {}; this feature is not supported", where_, name, what);
  }

 private:
  const json& config_;
  const std::string& where_;
};

// transformers 4 has rope_theta beside rope_scaling, transformers 5 rope_parameters.
double rope_theta_of(const Reader& reader) {
  double theta = reader.get_or("rope_theta", 10000.0);
  for (const char* block : {"rope_parameters", "rope_scaling"}) {
    const json* rope = reader.object(block);
    if (rope == nullptr) continue;
    std::string type = "default";
    for (const char* name : {"type", "rope_type"})
      type = reader.find<std::string>(*rope, name).value_or(type);
    reader.require(type == "default", block,
                   fmt::format("the default rotary embedding, got '{}'", type));
    theta = reader.find<double>(*rope, "rope_theta").value_or(theta);
  }
  return theta;
}

void require_plain(const Reader& reader, const json& config) {
  reader.require(reader.get_or<std::string>("hidden_act", "silu") == "silu", "hidden_act",
                 "'silu'");
  reader.require(!reader.get_or("use_sliding_window", false), "use_sliding_window", "false");
  reader.require(!reader.get_or("attention_bias", false), "attention_bias",
                 "false: it includes an output bias");
  reader.require(!reader.get_or("mlp_bias", false), "mlp_bias", "false");
  if (const auto types = config.find("layer_types"); types != config.end() && types->is_array())
    for (const json& type : *types)
      reader.require(type == "full_attention", "layer_types", "'full_attention' only");
}

}  // namespace

void check(const ModelConfig& config) {
  if (const auto rule = broken_rule(config)) throw UserError("{}", *rule);
}

json to_hf_config(const ModelConfig& c, int64_t eos_token_id, int64_t pad_token_id) {
  check(c);
  if (c.attention_bias && c.qk_norm)
    throw UserError(
        "attention_bias and qk_norm: required at most one for a Hugging Face checkpoint, got both; "
        "no published model has them together");
  const char* type = c.qk_norm ? "qwen3" : c.attention_bias ? "qwen2" : "llama";
  const char* architecture = c.qk_norm          ? "Qwen3ForCausalLM"
                             : c.attention_bias ? "Qwen2ForCausalLM"
                                                : "LlamaForCausalLM";
  json out = {{"architectures", {architecture}},
              {"model_type", type},
              {"vocab_size", c.vocab_size},
              {"hidden_size", c.hidden_size},
              {"intermediate_size", c.intermediate_size},
              {"num_hidden_layers", c.num_hidden_layers},
              {"num_attention_heads", c.num_attention_heads},
              {"num_key_value_heads", c.num_key_value_heads},
              {"head_dim", c.head_dim},
              {"max_position_embeddings", c.max_position_embeddings},
              {"rms_norm_eps", c.rms_norm_eps},
              {"rope_theta", c.rope_theta},
              {"rope_parameters", {{"rope_type", "default"}, {"rope_theta", c.rope_theta}}},
              {"tie_word_embeddings", c.tie_word_embeddings},
              {"hidden_act", "silu"},
              {"attention_dropout", 0.0},
              {"initializer_range", 0.02},
              {"use_cache", true},
              {"torch_dtype", "float32"},
              {"dtype", "float32"},
              {"bos_token_id", nullptr},
              {"eos_token_id", eos_token_id < 0 ? json(nullptr) : json(eos_token_id)},
              {"pad_token_id", pad_token_id < 0 ? json(nullptr) : json(pad_token_id)}};
  if (!c.attention_bias)
    out["attention_bias"] = false;  // Qwen2 has no such field: its biases are always there
  if (!c.attention_bias && !c.qk_norm) out["mlp_bias"] = false;
  if (c.attention_bias || c.qk_norm) out["use_sliding_window"] = false;
  return out;
}

ModelConfig from_hf_config(const json& config, const std::string& where) {
  const Reader reader(config, where);
  const auto type = reader.get<std::string>("model_type");
  if (type != "llama" && type != "qwen2" && type != "qwen3")
    throw DataError("{}: model_type: required llama, qwen2 or qwen3, got '{}'", where, type);
  require_plain(reader, config);
  ModelConfig c;
  c.vocab_size = reader.get<int64_t>("vocab_size");
  c.hidden_size = reader.get<int64_t>("hidden_size");
  c.intermediate_size = reader.get<int64_t>("intermediate_size");
  c.num_hidden_layers = reader.get<int64_t>("num_hidden_layers");
  c.num_attention_heads = reader.get<int64_t>("num_attention_heads");
  c.num_key_value_heads = reader.get_or("num_key_value_heads", c.num_attention_heads);
  if (c.num_attention_heads < 1)
    throw DataError("{}: num_attention_heads: required >= 1, got {}", where, c.num_attention_heads);
  const int64_t usual_head = type == "qwen3" ? 128 : c.hidden_size / c.num_attention_heads;
  c.head_dim = reader.get_or("head_dim", usual_head);
  c.max_position_embeddings = reader.get<int64_t>("max_position_embeddings");
  c.rope_theta = rope_theta_of(reader);
  c.rms_norm_eps = reader.get_or("rms_norm_eps", 1e-6);
  c.attention_bias = type == "qwen2";
  c.qk_norm = type == "qwen3";
  c.tie_word_embeddings = reader.get_or("tie_word_embeddings", false);
  if (c.vocab_size < 1)
    throw DataError("{}: vocab_size: required >= 1, got {}", where, c.vocab_size);
  if (const auto rule = broken_rule(c)) throw DataError("{}: {}", where, *rule);
  return c;
}

}  // namespace rlreason::engine
