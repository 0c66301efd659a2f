// Checkpoint folders: tiny Hugging Face checkpoints with golden outputs, our own round trip, and broken folders.
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "core/engine/checkpoint/safetensors.h"
#include "core/engine/generation/generator.h"
#include "core/engine/model/policy.h"
#include "core/engine/model/weights.h"
#include "core/error.h"

namespace rlreason::engine {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

fs::path fixture(const std::string& name) {
  return fs::path(RLR_SHARED_DIR) / "fixtures" / "hf" / name;
}

json read_json(const fs::path& file) { return json::parse(std::ifstream(file)); }

#define SKIP_WITHOUT(folder) \
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << (folder).string()

class HuggingFace : public testing::TestWithParam<const char*> {};

TEST_P(HuggingFace, GreedyContinuationsMatch) {
  const fs::path folder = fixture(GetParam());
  SKIP_WITHOUT(folder);
  const Policy policy = load_policy(folder);
  const json goldens = read_json(folder / "goldens.json").at("greedy");
  std::vector<GenerationRequest> requests;
  for (const auto& golden : goldens)
    requests.push_back({.prompt_ids = golden.at("ids").get<std::vector<int32_t>>(),
                        .max_new_tokens = static_cast<int32_t>(golden.at("continuation").size()),
                        .temperature = 0});
  const auto samples = generate_all(policy, {}, requests);
  ASSERT_EQ(samples.size(), goldens.size());
  for (size_t i = 0; i < samples.size(); ++i)
    EXPECT_EQ(samples[i].response_ids, goldens[i].at("continuation").get<std::vector<int32_t>>())
        << i;
}

TEST_P(HuggingFace, NextTokenLogProbsMatch) {
  const fs::path folder = fixture(GetParam());
  SKIP_WITHOUT(folder);
  const Policy policy = load_policy(folder);
  for (const auto& golden : read_json(folder / "goldens.json").at("logits")) {
    const auto ids = golden.at("ids").get<std::vector<int32_t>>();
    if (ids.size() < 2) continue;
    Layout layout;
    layout.append(ids);
    Targets targets;
    targets.append_segment(layout, 0, 1, 0, Source::demonstration);
    const HeadStatistics scored = policy.score(layout, targets, {});
    const auto expected = golden.at("next_logprob").get<std::vector<double>>();
    ASSERT_EQ(scored.logprob.numel(), static_cast<int64_t>(expected.size()));
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(scored.logprob.const_data_ptr<float>()[i], expected[i], 1e-4) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, HuggingFace,
                         testing::Values("qwen2-tied", "qwen2-bf16-sharded", "qwen3",
                                         "llama-gpt2-bpe"));

TEST(Checkpoint, RopeScalingIsRefusedInWords) {
  SKIP_WITHOUT(fixture("llama3"));
  try {
    load_policy(fixture("llama3"));
    FAIL() << "accepted";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("rope"));
    EXPECT_THAT(error.what(), HasSubstr("config.json"));
  }
}

ModelConfig tiny(bool tied) {
  return {.vocab_size = 20,
          .hidden_size = 16,
          .intermediate_size = 24,
          .num_hidden_layers = 2,
          .num_attention_heads = 2,
          .num_key_value_heads = 1,
          .head_dim = 8,
          .max_position_embeddings = 32,
          .tie_word_embeddings = tied};
}

class CheckpointFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              fmt::format("rlr-checkpoint-{}-{}", getpid(),
                          testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void save(bool tied = true) {
    Policy policy(tiny(tied));
    policy.initialise(7);
    save_policy(policy, folder_, 1, 0);
  }
  // Rewrites the weights after a change.
  void change(const std::function<void(NamedTensors&)>& edit) {
    NamedTensors tensors = read_safetensors(folder_ / "model.safetensors");
    edit(tensors);
    fs::remove(folder_ / "model.safetensors");
    write_safetensors(folder_ / "model.safetensors", tensors);
  }
  void configure(const std::string& key, const json& value) {
    json config = read_json(folder_ / "config.json");
    config[key] = value;
    std::ofstream(folder_ / "config.json") << config.dump();
  }
  // Puts the weights into two shards.
  void shard(const std::function<void(json&)>& edit = [](json&) {}) {
    const NamedTensors tensors = read_safetensors(folder_ / "model.safetensors");
    const auto half = tensors.begin() + static_cast<std::ptrdiff_t>(tensors.size() / 2);
    write_safetensors(folder_ / "one.safetensors", {tensors.begin(), half});
    write_safetensors(folder_ / "two.safetensors", {half, tensors.end()});
    fs::remove(folder_ / "model.safetensors");
    json map;
    for (auto entry = tensors.begin(); entry != tensors.end(); ++entry)
      map[entry->first] = entry < half ? "one.safetensors" : "two.safetensors";
    edit(map);
    std::ofstream(folder_ / "model.safetensors.index.json")
        << json{{"metadata", json::object()}, {"weight_map", map}}.dump();
  }
  void save_again() {
    SetUp();
    save();
  }
  void refused(const std::string& part) {
    try {
      load_policy(folder_);
      FAIL() << "accepted; expected: " << part;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr(part));
    }
  }

  fs::path folder_;
};

TEST_F(CheckpointFolder, SavedPolicyLoadsBitForBit) {
  for (const bool tied : {true, false}) {
    save(tied);
    Policy original(tiny(tied));
    original.initialise(7);
    const Policy loaded = load_policy(folder_);
    EXPECT_TRUE(at::equal(loaded.arena().weights(), original.arena().weights()));
    EXPECT_EQ(load_policy(folder_, at::kDouble).arena().dtype(), at::kDouble);
    SetUp();
  }
}

TEST_F(CheckpointFolder, ShardsLoadLikeOneFile) {
  save();
  const Policy whole = load_policy(folder_);
  shard();
  EXPECT_TRUE(at::equal(load_policy(folder_).arena().weights(), whole.arena().weights()));
}

TEST_F(CheckpointFolder, ShardsOutsideTheFolderOrWithoutTheirTensorsAreRefused) {
  save();
  shard([](json& map) { map["model.norm.weight"] = "../two.safetensors"; });
  refused("inside the folder");
  SetUp();
  save();
  shard([](json& map) {
    map["model.norm.weight"] =
        map["model.norm.weight"] == "one.safetensors" ? "two.safetensors" : "one.safetensors";
  });
  refused("it is not there");
  SetUp();
  save();
  shard([](json& map) { map["model.extra"] = "one.safetensors"; });
  refused("'model.extra'");
}

TEST_F(CheckpointFolder, NamesWhatIsMissing) {
  refused("config.json");
  save();
  change([](NamedTensors& tensors) {
    std::erase_if(tensors, [](const auto& t) { return t.first == "model.norm.weight"; });
  });
  refused("'model.norm.weight'");
  fs::remove(folder_ / "model.safetensors");
  refused("found neither");
}

TEST_F(CheckpointFolder, AnUntiedHeadMustBeThere) {
  save(true);
  configure("tie_word_embeddings", false);
  refused("'lm_head.weight'");
}

TEST_F(CheckpointFolder, ATiedHeadMayBeStoredWhenItIsTheEmbedding) {
  save(true);
  change([](NamedTensors& tensors) {
    for (const auto& [name, tensor] : NamedTensors(tensors))
      if (name == "model.embed_tokens.weight")
        tensors.emplace_back("lm_head.weight", tensor.clone());
  });
  EXPECT_NO_THROW(load_policy(folder_));
  change([](NamedTensors& tensors) {
    for (auto& [name, tensor] : tensors)
      if (name == "lm_head.weight") tensor[0][0] += 1;
  });
  refused("'lm_head.weight'");
}

TEST_F(CheckpointFolder, RefusesWrongShapesDtypesValuesAndExtras) {
  save();
  configure("intermediate_size", 25);
  refused("required shape [25, 16]");
  configure("intermediate_size", 24);
  configure("num_hidden_layers", 1'000'000'000'000);
  refused("layers");
  configure("num_hidden_layers", 1);
  refused("model.layers.1.");
  configure("num_hidden_layers", 2);
  EXPECT_NO_THROW(load_policy(folder_));
  change([](NamedTensors& tensors) {
    tensors.emplace_back("model.layers.0.self_attn.rotary_emb.inv_freq", at::full({4}, 1.0f));
  });
  EXPECT_NO_THROW(load_policy(folder_));
  change([](NamedTensors& tensors) {
    tensors.emplace_back("value_head.weight", at::full({4}, 1.0f));
  });
  refused("value_head.weight");
  save_again();
  change([](NamedTensors& tensors) { tensors[0].second = tensors[0].second.to(at::kLong); });
  refused("required F32, BF16, F16 or F64");
  save_again();
  change([](NamedTensors& tensors) { tensors[0].second.view(-1)[3] = std::nan(""); });
  refused("required finite weights");
}

TEST_F(CheckpointFolder, RefusesMalformedConfigs) {
  save();
  std::ofstream(folder_ / "config.json") << "{";
  refused("malformed");
}

}  // namespace
}  // namespace rlreason::engine
