// config.json in both directions, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/engine/model/model_config.h"
#include "core/error.h"

namespace rlreason::engine {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;

ModelConfig small() {
  ModelConfig config;
  config.vocab_size = 73;
  config.num_key_value_heads = 2;
  config.rope_theta = 5000.0;
  return config;
}

TEST(DecoderConfig, RoundTripThroughEveryArchitecture) {
  for (const auto& [bias, norm, type] :
       {std::tuple{false, false, "llama"}, {true, false, "qwen2"}, {false, true, "qwen3"}}) {
    ModelConfig config = small();
    config.attention_bias = bias;
    config.qk_norm = norm;
    config.tie_word_embeddings = bias;
    const json written = to_hf_config(config, 3, -1);
    EXPECT_EQ(written.at("model_type"), type);
    EXPECT_EQ(written.at("eos_token_id"), 3);
    EXPECT_TRUE(written.at("pad_token_id").is_null());
    EXPECT_EQ(to_hf_config(from_hf_config(written, "config.json"), 3, -1), written);
  }
}

TEST(DecoderConfig, BothFormsOfTheRotaryBaseAreRead) {
  json config = to_hf_config(small(), 0, 0);
  config.erase("rope_parameters");
  EXPECT_EQ(from_hf_config(config, "c").rope_theta, 5000.0);
  config.erase("rope_theta");
  config["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 700.0}};
  EXPECT_EQ(from_hf_config(config, "c").rope_theta, 700.0);
}

TEST(DecoderConfig, UnsupportedAndMissingFieldsAreNamed) {
  const auto refused = [](const char* field, const json& value, const char* message) {
    json config = to_hf_config(small(), 0, 0);
    value.is_discarded() ? static_cast<void>(config.erase(field))
                         : static_cast<void>(config[field] = value);
    EXPECT_THAT([&] { from_hf_config(config, "m/config.json"); },
                ThrowsMessage<DataError>(HasSubstr(message)))
        << field;
  };
  refused("hidden_size", json(json::value_t::discarded), "hidden_size");
  refused("hidden_size", "wide", "hidden_size");
  refused("hidden_size", -5, "hidden_size");
  refused("head_dim", 7, "head_dim");
  refused("num_key_value_heads", 3, "num_key_value_heads");
  refused("model_type", "mamba", "mamba");
  refused("rope_scaling", {{"rope_type", "yarn"}}, "yarn");
  refused("use_sliding_window", true, "use_sliding_window");
  refused("mlp_bias", true, "mlp_bias");
  refused("hidden_act", "gelu", "hidden_act");
  EXPECT_THROW(from_hf_config(json::array(), "c"), DataError);
}

TEST(DecoderConfig, CrossFieldRules) {
  ModelConfig config = small();
  config.num_key_value_heads = 3;
  EXPECT_THROW(check(config), UserError);
  config = small();
  config.head_dim = 9;
  EXPECT_THROW(check(config), UserError);
}

}  // namespace
}  // namespace rlreason::engine
