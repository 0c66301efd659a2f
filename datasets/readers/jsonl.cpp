#include "datasets/readers/jsonl.h"

#include <charconv>

#include "core/error.h"
#include "core/json.h"

namespace rlreason::data {
namespace {

constexpr size_t kMostLineBytes = size_t{16} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

JsonlReader::JsonlReader(const std::filesystem::path& file)
    : file_(file.string()), buffer_(kMostLineBytes + 2) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure))
    throw DataError("{}: required a JSONL file, found none; check the path", file_);
  stream_.open(file, std::ios::binary);
  if (!stream_)
    throw DataError("{}: required a readable file, it cannot be opened; check its permissions",
                    file_);
}

std::string JsonlReader::where() const { return fmt::format("{}:{}", file_, line_); }

bool JsonlReader::next(nlohmann::json& object) {
  for (;;) {
    stream_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    const auto taken = static_cast<size_t>(stream_.gcount());
    if (stream_.bad())
      throw DataError(
          "{}: required a readable file, reading failed after this line; check the disk", where());
    if (taken == 0 && stream_.eof()) return false;
    ++line_;
    if (stream_.fail() && !stream_.eof())
      throw DataError("{}: required lines of at most {} bytes, a longer one came; split it",
                      where(), kMostLineBytes);
    std::string_view text(buffer_.data(), stream_.eof() ? taken : taken - 1);
    if (line_ == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    object = parse_untrusted_json(text, where(), {.bytes = kMostLineBytes});
    if (!object.is_object())
      throw DataError("{}: required a JSON object, {} came; write one object a line", where(),
                      object.type_name());
    return true;
  }
}

const nlohmann::json* at_path(const nlohmann::json& value, std::string_view path) {
  const nlohmann::json* here = &value;
  while (!path.empty()) {
    const size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    if (here->is_object()) {
      const auto it = here->find(std::string(step));
      if (it == here->end()) return nullptr;
      here = &*it;
    } else if (here->is_array()) {
      size_t index = 0;
      const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
      if (error != std::errc() || end != step.data() + step.size() || index >= here->size())
        return nullptr;
      here = &(*here)[index];
    } else {
      return nullptr;
    }
  }
  return here;
}

}  // namespace rlreason::data
