// safetensors files: u64 header length, JSON header, raw little-endian tensors.
//
// Reading is total and safe against hostile files: header <= 100 MB and inside the file, no name twice, known dtypes only,
// sizes equal to shape x dtype without overflow, and the tensors' ranges tile the rest of the file exactly (no overlap, no
// gap, nothing after the last).  DataError names file and tensor.  Nothing is allocated before its size is known to be in
// the file.  Source: the format's README (huggingface/safetensors).
// Writing goes through core/process/io; DiskError when it fails.  Not here: which tensors a model needs (hf_checkpoint.cpp).
// Thread safety: a reader belongs to one thread.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rlreason::engine {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;  // in file order

// Tensors are laid out by falling element size (so that each is aligned), equal sizes in the caller's order.
void write_safetensors(const std::filesystem::path& file, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata = {});
NamedTensors read_safetensors(const std::filesystem::path& file,
                              std::map<std::string, std::string>* metadata = nullptr);

// One file opened and its header checked; tensors are read one by one, so that a large checkpoint needs no second copy.
class SafetensorsReader {
 public:
  struct Entry {
    std::string name;
    at::ScalarType dtype = at::kFloat;
    std::vector<int64_t> shape;
    uint64_t begin = 0, end = 0;  // bytes from the end of the header
  };

  explicit SafetensorsReader(const std::filesystem::path& file);
  const std::filesystem::path& file() const { return file_; }
  const std::vector<Entry>& entries() const { return entries_; }  // by offset
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  at::Tensor read(const Entry& entry);  // a tensor of its own, in the file's dtype

 private:
  void parse_header(const std::string& header, uint64_t data_bytes);

  std::filesystem::path file_;
  std::ifstream stream_;
  uint64_t data_begin_ = 0;
  std::vector<Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace rlreason::engine
