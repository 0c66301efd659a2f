#include "datasets/readers/jsonl.h"

#include <charconv>

#include "core/error.h"
#include "core/json.h"

namespace rlreason::data {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

JsonlReader::JsonlReader(const std::filesystem::path& file)
    : JsonlReader(file.string(), BufferedBytes(open_file(file))) {}

JsonlReader::JsonlReader(std::string name, BufferedBytes bytes)
    : file_(std::move(name)), bytes_(std::move(bytes)) {}

std::string JsonlReader::where() const { return fmt::format("{}:{}", file_, line_); }

bool JsonlReader::next(nlohmann::json& object) {
  for (;;) {
    const auto line = bytes_.line(text_, kMostRecordBytes);
    if (line == BufferedBytes::Line::end) return false;
    ++line_;
    if (line == BufferedBytes::Line::too_long)
      throw DataError("{}: required lines of at most {} bytes, a longer one came; split it",
                      where(), kMostRecordBytes);
    std::string_view text = text_;
    if (line_ == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    object = parse_untrusted_json(text, where(), {.bytes = kMostRecordBytes});
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
