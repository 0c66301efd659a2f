// Checkpoint folders in the Hugging Face layout: load_policy and save_policy of core/engine/model/policy.h.
//
// A folder is config.json and either model.safetensors or shards with model.safetensors.index.json.  Everything the
// configuration asks for is compared with what the files hold before any weight is allocated.
#include <ATen/ops/equal.h>
#include <ATen/ops/isfinite.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/engine/checkpoint/safetensors.h"
#include "core/engine/checkpoint/tensor_files.h"
#include "core/engine/model/policy.h"
#include "core/engine/model/weights.h"
#include "core/error.h"
#include "core/process/io.h"

namespace rlreason::engine {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfigFile = "config.json";
constexpr const char* kWeightsFile = "model.safetensors";
constexpr const char* kHeadName = "lm_head.weight";
constexpr const char* kEmbeddingName = "model.embed_tokens.weight";

bool is_float(at::ScalarType type) {
  return type == at::kFloat || type == at::kDouble || type == at::kHalf || type == at::kBFloat16;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// Buffers that some versions of transformers saved beside the weights; they follow from the configuration.
bool is_known_buffer(std::string_view name) { return name.ends_with("rotary_emb.inv_freq"); }

const TensorFiles::Found& require(const TensorFiles& files, const ParameterSpec& spec,
                                  const fs::path& folder) {
  const auto* found = files.find(spec.name);
  if (!found)
    throw DataError("{}: required tensor '{}' {}, found none", folder.string(), spec.name,
                    shape_text(spec.shape));
  const std::string where =
      fmt::format("{}: tensor '{}'", found->reader->file().string(), spec.name);
  if (found->entry->shape != spec.shape)
    throw DataError("{}: required shape {} by {}, came {}", where, shape_text(spec.shape),
                    kConfigFile, shape_text(found->entry->shape));
  if (!is_float(found->entry->dtype))
    throw DataError("{}: required F32, BF16, F16 or F64 weights, came {}", where,
                    at::toString(found->entry->dtype));
  return *found;
}

void refuse_extra(const TensorFiles& files, const std::vector<ParameterSpec>& specs, bool tied,
                  const fs::path& folder) {
  std::vector<std::string> extra;
  for (const auto& [name, found] : files.all()) {
    const bool wanted = std::any_of(specs.begin(), specs.end(),
                                    [&](const ParameterSpec& spec) { return spec.name == name; });
    if (!wanted && !is_known_buffer(name) && !(tied && name == kHeadName)) extra.push_back(name);
  }
  if (extra.empty()) return;
  constexpr size_t kShown = 5;
  const size_t shown = std::min(kShown, extra.size());
  throw DataError(
      "{}: required only the tensors of the model in {}, {} more came: {}{}; its features are not "
      "supported or the configuration is another model's",
      folder.string(), kConfigFile, extra.size(),
      fmt::join(extra.begin(), extra.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown < extra.size() ? ", ..." : "");
}

void check_tied_head(const TensorFiles& files) {
  const auto* head = files.find(kHeadName);
  const auto* embedding = files.find(kEmbeddingName);
  if (!head || !embedding) return;
  const at::Tensor first = head->reader->read(*head->entry),
                   second = embedding->reader->read(*embedding->entry);
  if (first.scalar_type() != second.scalar_type() || !at::equal(first, second))
    throw DataError(
        "{}: tensor '{}': required equal to the embedding because {} ties them, it differs; set "
        "tie_word_embeddings to false",
        head->reader->file().string(), kHeadName, kConfigFile);
}

}  // namespace

Policy load_policy(const fs::path& folder, at::ScalarType dtype) {
  const std::string where = (folder / kConfigFile).string();
  const ModelConfig config = from_hf_config(read_model_json(folder / kConfigFile), where);
  const TensorFiles files(folder);
  if (config.num_hidden_layers > static_cast<int64_t>(files.all().size()))
    throw DataError("{}: required weights of {} layers, the files hold {} tensors", where,
                    config.num_hidden_layers, files.all().size());
  const std::vector<ParameterSpec> specs = parameter_specs(config);
  for (const auto& spec : specs) require(files, spec, folder);
  refuse_extra(files, specs, config.tie_word_embeddings, folder);
  if (config.tie_word_embeddings) check_tied_head(files);

  Policy policy(config, dtype);
  for (const auto& spec : specs) {
    const auto& found = require(files, spec, folder);
    const at::Tensor weight = policy.arena().weight(spec.name);
    weight.copy_(found.reader->read(*found.entry));
    if (!at::isfinite(weight).all().item<bool>())
      throw DataError("{}: tensor '{}': required finite weights, found NaN or infinity",
                      found.reader->file().string(), spec.name);
  }
  policy.arena().bump_version();
  return policy;
}

void save_policy(const Policy& policy, const fs::path& folder, int64_t eos_token_id,
                 int64_t pad_token_id) {
  auto config = process::OutputFile::create(folder / kConfigFile);
  config.write(to_hf_config(policy.config(), eos_token_id, pad_token_id).dump(2) + "\n");
  config.close();
  NamedTensors tensors;
  for (const auto& spec : policy.arena().specs())
    tensors.emplace_back(spec.name, policy.arena().weight(spec.name).to(at::kFloat));
  write_safetensors(folder / kWeightsFile, tensors, {{"format", "pt"}});
}

}  // namespace rlreason::engine
