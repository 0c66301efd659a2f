#include "core/engine/checkpoint/safetensors.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <bit>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <string_view>

#include "core/error.h"
#include "core/process/io.h"

namespace rlreason::engine {
namespace {

using Json = nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr size_t kMaxRank = 64;

struct Dtype {
  std::string_view name;
  at::ScalarType type;
};
constexpr std::array<Dtype, 8> kDtypes{{{"F64", at::kDouble},
                                        {"F32", at::kFloat},
                                        {"F16", at::kHalf},
                                        {"BF16", at::kBFloat16},
                                        {"I64", at::kLong},
                                        {"I32", at::kInt},
                                        {"U8", at::kByte},
                                        {"BOOL", at::kBool}}};

std::string_view dtype_name(at::ScalarType type, const std::string& file,
                            const std::string& tensor) {
  for (const Dtype& dtype : kDtypes)
    if (dtype.type == type) return dtype.name;
  throw BugError("{}: tensor '{}': required a dtype that safetensors has, came {}", file, tensor,
                 static_cast<int>(type));
}

// Parses the header; nlohmann keeps the last of two equal keys, so they are looked for while it parses.
Json parse_json(const std::string& text, const std::string& file) {
  std::vector<std::set<std::string>> keys;
  const auto no_duplicates = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      throw DataError("{}: required distinct names in the safetensors header, '{}' came twice",
                      file, value.get<std::string>());
    return true;
  };
  try {
    return Json::parse(text, no_duplicates);
  } catch (const Json::exception&) {
    throw DataError(
        "{}: required a JSON header, came malformed JSON; the file is damaged or not safetensors",
        file);
  }
}

std::string excerpt(const Json& value) {
  return value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 40);
}

uint64_t unsigned_value(const Json& value, std::string_view what, const std::string& where) {
  if (!value.is_number_unsigned())
    throw DataError("{}: required {} as whole numbers >= 0, came {}", where, what, excerpt(value));
  return value.get<uint64_t>();
}

const Json& member(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end()) throw DataError("{}: required the key '{}', found none", where, key);
  return *found;
}

// shape x dtype in bytes; refuses products beyond 63 bits.
uint64_t byte_size(const SafetensorsReader::Entry& entry, const std::string& where) {
  uint64_t bytes = at::elementSize(entry.dtype);
  bool empty = false;
  for (const int64_t extent : entry.shape) {
    empty = empty || extent == 0;
    if (extent > 0 && __builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes))
      throw DataError("{}: required a size below 2^63 bytes, the shape overflows it", where);
  }
  if (bytes > static_cast<uint64_t>(INT64_MAX))
    throw DataError("{}: required a size below 2^63 bytes, the shape overflows it", where);
  return empty ? 0 : bytes;
}

SafetensorsReader::Entry parse_entry(const std::string& name, const Json& value,
                                     const std::string& file) {
  const std::string where = fmt::format("{}: tensor '{}'", file, name);
  if (!value.is_object())
    throw DataError("{}: required an object with dtype, shape and data_offsets", where);
  SafetensorsReader::Entry entry;
  entry.name = name;
  const Json& dtype = member(value, "dtype", where);
  const auto known =
      std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return dtype == d.name; });
  if (known == kDtypes.end())
    throw DataError("{}: required a dtype of F64, F32, F16, BF16, I64, I32, U8, BOOL, came {}",
                    where, excerpt(dtype));
  entry.dtype = known->type;
  const Json& shape = member(value, "shape", where);
  if (!shape.is_array() || shape.size() > kMaxRank)
    throw DataError("{}: required a shape list of at most {} extents", where, kMaxRank);
  for (const Json& extent : shape) {
    const uint64_t n = unsigned_value(extent, "extents", where);
    if (n > static_cast<uint64_t>(INT64_MAX))
      throw DataError("{}: required extents below 2^63, came {}", where, n);
    entry.shape.push_back(static_cast<int64_t>(n));
  }
  const Json& offsets = member(value, "data_offsets", where);
  if (!offsets.is_array() || offsets.size() != 2)
    throw DataError("{}: required data_offsets [begin, end]", where);
  entry.begin = unsigned_value(offsets[0], "data_offsets", where);
  entry.end = unsigned_value(offsets[1], "data_offsets", where);
  return entry;
}

// The ranges, sorted by begin, must tile [0, data_bytes).
void check_ranges(const std::vector<SafetensorsReader::Entry>& entries, uint64_t data_bytes,
                  const std::string& file) {
  uint64_t position = 0;
  for (const auto& entry : entries) {
    const std::string where = fmt::format("{}: tensor '{}'", file, entry.name);
    if (entry.end < entry.begin || entry.end > data_bytes)
      throw DataError(
          "{}: required data_offsets inside the {} bytes of data, came [{}, {}]; the file is "
          "truncated or damaged",
          where, data_bytes, entry.begin, entry.end);
    const uint64_t bytes = byte_size(entry, where);
    if (entry.end - entry.begin != bytes)
      throw DataError("{}: required {} bytes for its shape and dtype, data_offsets cover {}", where,
                      bytes, entry.end - entry.begin);
    if (entry.begin != position)
      throw DataError(
          "{}: required data to begin at byte {}, where the tensor before it ends, came {} ({})",
          where, position, entry.begin, entry.begin < position ? "they overlap" : "a gap");
    position = entry.end;
  }
  if (position != data_bytes)
    throw DataError("{}: required {} bytes of data as the header says, the file has {}", file,
                    position, data_bytes);
}

}  // namespace

SafetensorsReader::SafetensorsReader(const std::filesystem::path& file)
    : file_(file), stream_(file, std::ios::binary) {
  std::error_code problem;
  const uint64_t file_bytes = std::filesystem::file_size(file, problem);
  if (!stream_ || problem)
    throw DataError("{}: required a readable safetensors file, cannot open it", file.string());
  std::array<char, kLengthBytes> raw{};
  if (file_bytes < kLengthBytes || !stream_.read(raw.data(), raw.size()))
    throw DataError("{}: required at least {} bytes, the file has {}; it is truncated",
                    file.string(), kLengthBytes, file_bytes);
  const auto header_bytes = std::bit_cast<uint64_t>(raw);
  if (header_bytes > kMaxHeaderBytes || header_bytes > file_bytes - kLengthBytes)
    throw DataError(
        "{}: required a header of at most {} bytes inside the file, its length field says {}; the "
        "file is truncated or not safetensors",
        file.string(), std::min(kMaxHeaderBytes, file_bytes - kLengthBytes), header_bytes);
  std::string header(header_bytes, '\0');
  if (!stream_.read(header.data(), static_cast<std::streamsize>(header_bytes)))
    throw DataError("{}: required {} bytes of header, the file ends before", file.string(),
                    header_bytes);
  data_begin_ = kLengthBytes + header_bytes;
  parse_header(header, file_bytes - data_begin_);
}

void SafetensorsReader::parse_header(const std::string& header, uint64_t data_bytes) {
  const std::string name = file_.string();
  const Json json = parse_json(header, name);
  if (!json.is_object()) throw DataError("{}: required a JSON object as header", name);
  for (const auto& [key, value] : json.items()) {
    if (key != "__metadata__") {
      entries_.push_back(parse_entry(key, value, name));
      continue;
    }
    if (!value.is_object())
      throw DataError("{}: required __metadata__ as an object of strings", name);
    for (const auto& [meta_key, meta_value] : value.items()) {
      if (!meta_value.is_string())
        throw DataError("{}: required __metadata__ '{}' as a string", name, meta_key);
      metadata_[meta_key] = meta_value.get<std::string>();
    }
  }
  // Empty tensors sort before the tensor that begins at the same byte.
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_ranges(entries_, data_bytes, name);
}

at::Tensor SafetensorsReader::read(const Entry& entry) {
  const at::Tensor tensor = at::empty(entry.shape, at::TensorOptions().dtype(entry.dtype));
  const auto bytes = static_cast<std::streamsize>(entry.end - entry.begin);
  auto* data = static_cast<char*>(tensor.data_ptr());
  stream_.clear();
  stream_.seekg(static_cast<std::streamoff>(data_begin_ + entry.begin));
  if (bytes > 0 && !stream_.read(data, bytes))
    throw DataError(
        "{}: tensor '{}': required {} bytes, the file ends before; it changed while being read",
        file_.string(), entry.name, bytes);
  if (entry.dtype == at::kBool &&
      std::any_of(data, data + bytes, [](char byte) { return (byte & ~1) != 0; }))
    throw DataError("{}: tensor '{}': required BOOL bytes of 0 or 1, came another", file_.string(),
                    entry.name);
  return tensor;
}

NamedTensors read_safetensors(const std::filesystem::path& file,
                              std::map<std::string, std::string>* metadata) {
  SafetensorsReader reader(file);
  NamedTensors tensors;
  for (const auto& entry : reader.entries()) tensors.emplace_back(entry.name, reader.read(entry));
  if (metadata) *metadata = reader.metadata();
  return tensors;
}

void write_safetensors(const std::filesystem::path& file, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return tensors[a].second.element_size() > tensors[b].second.element_size();
  });
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t position = 0;
  for (const size_t i : order) {
    const auto& [name, tensor] = tensors[i];
    RLR_ENSURE(!header.contains(name), "tensor '{}' given twice to {}", name, file.string());
    const uint64_t end = position + static_cast<uint64_t>(tensor.nbytes());
    header[name] = {{"dtype", dtype_name(tensor.scalar_type(), file.string(), name)},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {position, end}}};
    position = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // keeps the data 8-byte aligned
  const auto length = std::bit_cast<std::array<char, kLengthBytes>>(uint64_t{text.size()});
  auto output = process::OutputFile::create(file);
  output.write(std::string_view(length.data(), length.size()));
  output.write(text);
  for (const size_t i : order) {
    const at::Tensor tensor = tensors[i].second.cpu().contiguous();
    output.write(std::string_view(static_cast<const char*>(tensor.data_ptr()),
                                  static_cast<size_t>(tensor.nbytes())));
  }
  output.close();
}

}  // namespace rlreason::engine
