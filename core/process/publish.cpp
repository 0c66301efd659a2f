#include "core/process/publish.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/digest.h"
#include "core/error.h"
#include "core/process/io.h"

namespace rlreason::process {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char* kManifestName = "manifest.json";
constexpr const char* kFormat = "rlreason directory";
constexpr int kVersion = 1;
constexpr int64_t kManifestLimitBytes = int64_t{64} << 20;

bool same_file(int fd, const fs::path& path) {
  struct stat held {
  }, named{};
  return ::fstat(fd, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

// A temporary directory that is locked while its publisher lives, so that clean_leftovers() of
// another process can tell it from a dead one's.
class LivingTemporary {
 public:
  explicit LivingTemporary(const fs::path& final_path) {
    do {  // a cleaner may have taken it between making and locking
      if (fd_ >= 0) ::close(fd_);
      path_ = temporary_beside(final_path);
      make_directory(path_);
      fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    } while (fd_ < 0 || (::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) ||
             !same_file(fd_, path_));
  }
  LivingTemporary(const LivingTemporary&) = delete;
  LivingTemporary& operator=(const LivingTemporary&) = delete;
  ~LivingTemporary() { ::close(fd_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  int fd_ = -1;
};

json plain(const Manifest& manifest) {
  json files = json::array();
  for (const auto& file : manifest.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  return {{"format", kFormat}, {"version", kVersion}, {"files", files}, {"facts", manifest.facts}};
}

std::string dump(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

// Facts as they will be read back: NaN is null, invalid UTF-8 is replaced, numbers are in their
// shortest form.
json normal(const json& facts) { return json::parse(dump(facts, -1)); }

std::string digest_of(const Manifest& manifest) { return sha256(dump(plain(manifest), -1)); }

std::string render(const Manifest& manifest) {
  json value = plain(manifest);
  value["digest"] = manifest.digest;
  return dump(value, 1) + "\n";
}

bool safe_name(const std::string& name) {
  if (name.empty() || name.find('\0') != name.npos || fs::path(name).is_absolute()) return false;
  for (const auto& part : fs::path(name))
    if (part.empty() || part == "." || part == "..") return false;
  return name != kManifestName;
}

Manifest parse_manifest(const std::string& text) {
  const json value = json::parse(text);
  Manifest manifest;
  if (value.at("format") != kFormat || value.at("version") != kVersion)
    throw DataError("format {} version {}", value.at("format").dump(), value.at("version").dump());
  for (const auto& entry : value.at("files")) {
    manifest.files.push_back({entry.at("name").get<std::string>(), entry.at("bytes").get<int64_t>(),
                              entry.at("sha256").get<std::string>()});
    if (!safe_name(manifest.files.back().name))
      throw DataError("a file name that leaves the directory");
  }
  manifest.facts = value.at("facts");
  manifest.digest = value.at("digest").get<std::string>();
  return manifest;
}

struct Content {
  std::vector<fs::path> files, directories;
};

Content content_of(const fs::path& directory) {
  Content content{.files = {}, .directories = {directory}};
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const bool is_directory = fs::is_directory(entry.symlink_status());
    RLR_ENSURE(is_directory || fs::is_regular_file(entry.symlink_status()),
               "{}: a published directory holds regular files only", entry.path().string());
    RLR_ENSURE(entry.path() != directory / kManifestName, "{} is written by the publisher",
               kManifestName);
    (is_directory ? content.directories : content.files).push_back(entry.path());
  }
  std::ranges::sort(content.files);
  std::ranges::sort(content.directories, std::greater{});  // children before parents
  return content;
}

Manifest seal(const fs::path& temporary, const json& facts) {
  const Content content = content_of(temporary);
  Manifest manifest;
  for (const auto& file : content.files)
    manifest.files.push_back({file.lexically_relative(temporary).generic_string(),
                              static_cast<int64_t>(fs::file_size(file)), sha256_file(file)});
  std::ranges::sort(manifest.files, {}, &ManifestFile::name);
  manifest.facts = normal(facts);
  manifest.digest = digest_of(manifest);
  OutputFile output = OutputFile::create(temporary / kManifestName);
  output.write(render(manifest));
  output.close();
  for (const auto& directory : content.directories) sync_directory(directory);
  return manifest;
}

fs::path without_slash(const fs::path& path) {
  return path.filename().empty() ? path.parent_path() : path;
}

fs::path parent_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

void refuse_taken(const fs::path& path) {
  throw RefusedError(
      "{}: required a name that is free, found that it exists; choose another or remove it",
      path.string());
}

std::optional<std::string> check_file(const fs::path& directory, const ManifestFile& expected) {
  const fs::path path = directory / expected.name;
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (!fs::is_regular_file(status))
    return fmt::format("{}: required a regular file, found {}", path.string(),
                       fs::exists(status) ? "something else" : "none");
  const auto bytes = static_cast<int64_t>(fs::file_size(path, error));
  if (bytes != expected.bytes)
    return fmt::format("{}: required {} bytes, found {}", path.string(), expected.bytes, bytes);
  if (sha256_file(path) != expected.sha256)
    return fmt::format("{}: required SHA-256 {}, found another content", path.string(),
                       expected.sha256);
  return std::nullopt;
}

// True when the entry was a dead process's and is gone now.
bool clean_entry(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  const bool dead = ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  try {
    if (dead && same_file(fd, path)) remove_tree(path);
  } catch (...) {
    ::close(fd);
    throw;
  }
  ::close(fd);
  return dead;
}

}  // namespace

int64_t Manifest::bytes() const {
  int64_t sum = 0;
  for (const auto& file : files) sum += file.bytes;
  return sum;
}

Manifest publish_directory(const fs::path& final_path, const Fill& fill, const json& facts) {
  const fs::path target = without_slash(final_path);
  make_directories(parent_of(target));
  if (fs::exists(fs::symlink_status(target))) refuse_taken(target);
  const LivingTemporary temporary(target);
  Manifest manifest;
  try {
    fill(temporary.path());
    manifest = seal(temporary.path(), facts);
    if (!rename_new(temporary.path(), target)) refuse_taken(target);
  } catch (...) {
    std::error_code ignored;  // the first error is the one to tell; a cleaner takes what stays
    fs::remove_all(temporary.path(), ignored);
    throw;
  }
  sync_directory(parent_of(target));
  return manifest;
}

Manifest read_manifest(const fs::path& directory) {
  const fs::path path = directory / kManifestName;
  const std::string text = read_file(path, kManifestLimitBytes);
  Manifest manifest;
  try {
    manifest = parse_manifest(text);
  } catch (const std::exception& error) {
    throw DataError(
        "{}: required a manifest of a published directory, found '{}'; the directory is damaged",
        path.string(), error.what());
  }
  if (digest_of(manifest) != manifest.digest || render(manifest) != text)
    throw DataError("{}: required the digest {}, found another content; the directory is damaged",
                    path.string(), manifest.digest);
  return manifest;
}

std::optional<std::string> verify_directory(const fs::path& directory) {
  try {
    const Manifest manifest = read_manifest(directory);
    for (const auto& file : manifest.files)
      if (auto problem = check_file(directory, file)) return problem;
    return std::nullopt;
  } catch (const DataError& error) {
    return error.what();
  }
}

void remove_directory(const fs::path& directory) {
  const fs::path target = without_slash(directory);
  if (!fs::exists(fs::symlink_status(target))) return;
  const fs::path aside = temporary_beside(target);
  process::rename(target, aside);
  sync_directory(parent_of(target));
  remove_tree(aside);
}

int clean_leftovers(const fs::path& parent) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(parent, error))
    if (is_temporary_name(entry.path().filename().native())) found.push_back(entry.path());
  return static_cast<int>(std::ranges::count_if(found, clean_entry));
}

}  // namespace rlreason::process
