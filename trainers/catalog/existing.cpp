#include "trainers/catalog/existing.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/config/describe.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/process/io.h"

namespace rlreason::train {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kBlocks = 256;
constexpr uint64_t kBlockBytes = uint64_t{64} << 10;
constexpr uint64_t kLargestHeader = uint64_t{100} << 20;  // the format's own bound

std::string bytes_at(std::ifstream& stream, const fs::path& file, uint64_t offset, uint64_t count) {
  std::string bytes(count, '\0');
  stream.seekg(static_cast<std::streamoff>(offset));
  stream.read(bytes.data(), static_cast<std::streamsize>(count));
  if (!stream)
    throw DataError("{}: required {} readable bytes at {}, the read failed; check the disk",
                    file.string(), count, offset);
  return bytes;
}

// Header and evenly spread blocks; REQUIRES: a file larger than kBlocks * kBlockBytes is the case it is made for.
std::string sampled_digest(const fs::path& file, uint64_t size) {
  std::ifstream stream(file, std::ios::binary);
  uint64_t header = 0;
  if (size >= sizeof(header))
    std::memcpy(&header, bytes_at(stream, file, 0, sizeof(header)).data(), sizeof(header));
  header = std::min({header, kLargestHeader, size >= 8 ? size - 8 : 0});
  std::string digests = sha256(bytes_at(stream, file, 0, std::min(size, header + 8)));
  const uint64_t block = std::min(kBlockBytes, size), last = size - block;
  for (uint64_t i = 0; i < kBlocks; ++i) {
    const auto offset = static_cast<uint64_t>(static_cast<double>(last) * static_cast<double>(i) /
                                              static_cast<double>(kBlocks - 1));
    digests += sha256(bytes_at(stream, file, std::min(offset, last), block));
  }
  return sha256(digests);
}

nlohmann::json weights_of(const fs::path& folder, uint64_t whole_bytes) {
  std::vector<fs::path> files;
  uint64_t total = 0;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() == ".safetensors") {
      files.push_back(entry.path());
      total += entry.file_size();
    }
  std::sort(files.begin(), files.end());
  nlohmann::json weights = nlohmann::json::array();
  for (const fs::path& file : files) {
    const uint64_t size = fs::file_size(file);
    weights.push_back(
        {{"name", file.filename().string()},
         {"size", size},
         {"digest", total <= whole_bytes ? sha256_file(file) : sampled_digest(file, size)}});
  }
  return weights;
}

}  // namespace

std::string existing_identity(const fs::path& folder, uint64_t whole_bytes) {
  for (const char* name : {"run.json", "manifest.json"})
    if (const auto file = folder / name; fs::exists(file)) {
      const auto json = nlohmann::json::parse(process::read_file(file), nullptr, false);
      if (json.is_object() && json.contains("identity")) return json.at("identity");
      return sha256_file(file);
    }
  const fs::path file = folder / "config.json";
  if (!fs::exists(file))
    throw DataError(
        "{}: required a run directory, a checkpoint or a dataset folder, found none of them; check "
        "the path",
        folder.string());
  return sha256(config::canonical(
      {{"config", sha256_file(file)}, {"weights", weights_of(folder, whole_bytes)}}));
}

}  // namespace rlreason::train
