// The tensors of a checkpoint folder by name, over model.safetensors or the shards that model.safetensors.index.json names.
//
// Not here: which tensors a model needs (hf_checkpoint.cpp), the file format (safetensors.h).
// Errors: DataError for no weights, a tensor in two files, an index that names files outside the folder or tensors that are
// not where it says.  Thread safety: one thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/engine/checkpoint/safetensors.h"

namespace rlreason::engine {

// DataError when it is not JSON.
nlohmann::json read_model_json(const std::filesystem::path& file);

class TensorFiles {
 public:
  explicit TensorFiles(const std::filesystem::path& folder);

  struct Found {
    SafetensorsReader* reader;
    const SafetensorsReader::Entry* entry;
    at::Tensor read() const { return reader->read(*entry); }
  };
  const std::map<std::string, Found>& all() const { return found_; }
  const Found* find(const std::string& name) const;

 private:
  void open(const std::filesystem::path& file);
  void open_shards(const std::filesystem::path& folder);

  std::vector<std::unique_ptr<SafetensorsReader>> readers_;
  std::map<std::string, Found> found_;
};

}  // namespace rlreason::engine
