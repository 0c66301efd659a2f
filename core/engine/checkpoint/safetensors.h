// safetensors files: u64 header length, JSON header, raw little-endian tensors.
//
// Reading is total and hostile-input safe: header <= 100 MB, offsets ascending, contiguous and inside the file, sizes equal to
// shape x dtype, unknown dtypes refused; DataError names file and tensor.  Source: the format's README
// (huggingface/safetensors).  Writing goes through core/process/io.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rlreason::engine {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;  // in file order

void write_safetensors(const std::filesystem::path& file, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata = {});
NamedTensors read_safetensors(const std::filesystem::path& file, std::map<std::string, std::string>* metadata = nullptr);

}  // namespace rlreason::engine
