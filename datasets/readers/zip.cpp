#include "datasets/readers/zip.h"

#include <zip.h>

#include <vector>

#include "core/error.h"

namespace rlreason::data {
namespace {

constexpr zip_int64_t kMostMembers = 65536;
constexpr uint64_t kMostBytes = uint64_t{4} << 30;
constexpr uint64_t kMostRatio = 200;
constexpr uint64_t kFreeBytes = 1 << 20;
constexpr size_t kMostNamed = 5;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;

Archive open_archive(const std::string& name) {
  int code = 0;
  Archive archive(zip_open(name.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (archive) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw DataError("{}: required a zip archive, '{}' came; fetch it again", name, text);
}

bool data_name(std::string_view name) {
  return !name.starts_with("__MACOSX/") &&
         (name.ends_with(".json") || name.ends_with(".jsonl") || name.ends_with(".ndjson"));
}

// Every member that may be meant.
std::vector<std::string> candidates(zip_t* archive, const std::string& file) {
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  if (count > kMostMembers)
    throw DataError("{}: required at most {} members, {} came; pack the data file alone", file,
                    kMostMembers, count);
  std::vector<std::string> names;
  for (zip_int64_t i = 0; i < count; ++i)
    if (const char* name = zip_get_name(archive, static_cast<zip_uint64_t>(i), 0);
        name != nullptr && data_name(name))
      names.emplace_back(name);
  return names;
}

std::string choose(zip_t* archive, const std::string& file, const std::string& member) {
  if (!member.empty()) return member;
  const std::vector<std::string> names = candidates(archive, file);
  if (names.size() == 1) return names.front();
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), kMostNamed); ++i)
    list += (i ? ", " : "") + names[i].substr(0, 100);
  throw DataError("{}: required one .json or .jsonl member, found {}{}; name one as {}/MEMBER",
                  file, names.empty() ? "none" : std::to_string(names.size()),
                  list.empty() ? "" : " (" + list + ")", file);
}

class ZipBytes : public ByteSource {
 public:
  ZipBytes(std::string file, const std::string& wanted)
      : archive_(open_archive(file)), name_(std::move(file)) {
    const std::string member = choose(archive_.get(), name_, wanted);
    zip_stat_t stat;
    if (zip_stat(archive_.get(), member.c_str(), 0, &stat) != 0)
      throw DataError(
          "{}: required a member '{}', found none; list the archive and name one of its own", name_,
          member);
    name_ += "/" + member;
    check(stat);
    file_.reset(zip_fopen_index(archive_.get(), stat.index, 0));
    if (!file_) fail(zip_strerror(archive_.get()));
  }

  size_t read(char* to, size_t bytes) override {
    const zip_int64_t count = zip_fread(file_.get(), to, bytes);
    if (count < 0) fail(zip_file_strerror(file_.get()));
    read_ += static_cast<uint64_t>(count);
    if (read_ > size_) fail("more bytes than its directory says");
    if (count == 0 && read_ < size_) fail("fewer bytes than its directory says");
    return static_cast<size_t>(count);
  }

 private:
  void check(const zip_stat_t& stat) {
    constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_INDEX;
    if ((stat.valid & kNeeded) != kNeeded) fail("a member without sizes");
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)
      fail("an encrypted member");
    size_ = stat.size;
    if (size_ > kMostBytes || (size_ > kFreeBytes && size_ / kMostRatio > stat.comp_size))
      throw DataError(
          "{}: required at most {} bytes and {} times the packed size, {} bytes from {} came; "
          "unpack "
          "it by hand if you trust it",
          name_, kMostBytes, kMostRatio, size_, stat.comp_size);
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw DataError("{}: required a readable member, '{}' came; fetch the archive again", name_,
                    what);
  }

  Archive archive_;
  std::string name_;
  std::unique_ptr<zip_file_t, CloseFile> file_;
  uint64_t size_ = 0, read_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> open_zip_member(const std::filesystem::path& archive,
                                            const std::string& member) {
  return std::make_unique<ZipBytes>(archive.string(), member);
}

}  // namespace rlreason::data
