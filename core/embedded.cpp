#include "core/embedded.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/registry.h"

namespace rlreason {
namespace {

constexpr std::string_view kExtension = ".yaml";
constexpr uintmax_t kMostBytes = 4 << 20;

NamedText read_named_file(std::string_view name, std::string_view what) {
  const std::filesystem::path path{std::string(name)};
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure))
    throw DataError(
        "{}: required a {} file, found none; pass an existing file or one of the built-in names",
        name, what);
  if (const auto size = std::filesystem::file_size(path, failure); failure || size > kMostBytes)
    throw DataError("{}: required a {} file of at most {} bytes; check that this is the right file",
                    name, what, kMostBytes);
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.good() && !stream.eof())
    throw DataError("{}: required a readable {} file; check its permissions", name, what);
  return {.name = path.stem().string(), .origin = std::string(name), .text = std::move(text)};
}

}  // namespace

std::optional<std::string_view> embedded_file(std::string_view path) {
  for (const EmbeddedFile& file : embedded_table())
    if (file.path == path) return file.text;
  return std::nullopt;
}

std::vector<std::string> embedded_files(std::string_view prefix) {
  std::vector<std::string> paths;
  for (const EmbeddedFile& file : embedded_table())
    if (file.path.starts_with(prefix)) paths.emplace_back(file.path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<std::string> embedded_names(std::string_view folder) {
  std::vector<std::string> names;
  for (const std::string& path : embedded_files(folder)) {
    std::string_view name = std::string_view(path).substr(folder.size());
    if (name.ends_with(kExtension)) name.remove_suffix(kExtension.size());
    names.emplace_back(name);
  }
  return names;
}

NamedText named_text(std::string_view name, std::string_view folder, std::string_view what) {
  if (name.find('/') != std::string_view::npos || name.ends_with(kExtension) ||
      name.ends_with(".yml"))
    return read_named_file(name, what);
  const std::string path = fmt::format("{}{}{}", folder, name, kExtension);
  if (const auto text = embedded_file(path))
    return {.name = std::string(name), .origin = path, .text = std::string(*text)};
  throw UserError("required a known {}, '{}' came; did you mean '{}'?", what, name,
                  nearest(name, embedded_names(folder)));
}

}  // namespace rlreason
