#include "core/engine/checkpoint/tensor_files.h"

#include "core/error.h"
#include "core/process/io.h"

namespace rlreason::engine {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeightsFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";

}  // namespace

nlohmann::json read_model_json(const fs::path& file) {
  try {
    return nlohmann::json::parse(process::read_file(file));
  } catch (const nlohmann::json::exception&) {
    throw DataError("{}: required JSON, came malformed text", file.string());
  }
}

TensorFiles::TensorFiles(const fs::path& folder) {
  if (fs::exists(folder / kWeightsFile)) {
    open(folder / kWeightsFile);
  } else if (fs::exists(folder / kIndexFile)) {
    open_shards(folder);
  } else {
    throw DataError("{}: required {} or {}, found neither; is this a checkpoint folder?",
                    folder.string(), kWeightsFile, kIndexFile);
  }
}

const TensorFiles::Found* TensorFiles::find(const std::string& name) const {
  const auto position = found_.find(name);
  return position == found_.end() ? nullptr : &position->second;
}

void TensorFiles::open(const fs::path& file) {
  auto& reader = readers_.emplace_back(std::make_unique<SafetensorsReader>(file));
  for (const auto& entry : reader->entries())
    if (const auto [other, added] = found_.try_emplace(entry.name, Found{reader.get(), &entry});
        !added)
      throw DataError("{}: tensor '{}': required each tensor once, {} holds it too", file.string(),
                      entry.name, other->second.reader->file().string());
}

void TensorFiles::open_shards(const fs::path& folder) {
  const std::string where = (folder / kIndexFile).string();
  const nlohmann::json index = read_model_json(folder / kIndexFile);
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object())
    throw DataError("{}: required an object with weight_map, found none", where);
  std::map<std::string, std::vector<std::string>> shards;  // file -> tensors
  for (const auto& [tensor, file] : index["weight_map"].items()) {
    if (!file.is_string()) throw DataError("{}: tensor '{}': required a file name", where, tensor);
    shards[file.get<std::string>()].push_back(tensor);
  }
  for (const auto& [file, tensors] : shards) {
    if (file.empty() || file == ".." || fs::path(file).filename() != file)
      throw DataError("{}: required shard names inside the folder, came '{}'", where, file);
    open(folder / file);
    for (const auto& tensor : tensors)
      if (const Found* found = find(tensor); !found || found->reader != readers_.back().get())
        throw DataError("{}: tensor '{}': required in {}, it is not there", where, tensor, file);
  }
}

}  // namespace rlreason::engine
