// The part of io.h that reads whole files and removes files and trees.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include "core/error.h"
#include "core/process/fault.h"
#include "core/process/io.h"

namespace rlreason::process {
namespace fs = std::filesystem;
namespace {

struct Entry {
  std::string name;
  bool directory = false;
};

std::vector<Entry> entries_of(int fd, const fs::path& directory) {
  const int own = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);  // closedir() closes what it was given
  std::unique_ptr<DIR, int (*)(DIR*)> listing(own < 0 ? nullptr : ::fdopendir(own), ::closedir);
  if (!listing) fail_disk(directory, "to list the directory", errno);
  std::vector<Entry> entries;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat info {};
    const bool known = ::fstatat(fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    entries.push_back({name, known && S_ISDIR(info.st_mode)});
  }
  return entries;
}

void remove_entry(int parent, const Entry& entry, const fs::path& path);

void remove_content(int fd, const fs::path& directory) {
  for (const Entry& entry : entries_of(fd, directory))
    remove_entry(fd, entry, directory / entry.name);
}

void remove_entry(int parent, const Entry& entry, const fs::path& path) {
  if (entry.directory) {
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const int fd = ::openat(parent, entry.name.c_str(), flags);
    if (fd < 0 && errno == ENOENT) return;
    if (fd < 0) fail_disk(path, "to open the directory for removal", errno);
    try {
      remove_content(fd, path);
    } catch (...) {
      ::close(fd);
      throw;
    }
    ::close(fd);
  }
  const int flags = entry.directory ? AT_REMOVEDIR : 0;
  const int result = through_seam([&] { return ::unlinkat(parent, entry.name.c_str(), flags); });
  if (result != 0 && errno != ENOENT) fail_disk(path, "to remove it", errno);
}

}  // namespace

void remove_file(const fs::path& file) {
  const int result = through_seam([&] { return ::unlink(file.c_str()); });
  if (result != 0 && errno != ENOENT) fail_disk(file, "to remove the file", errno);
}

void remove_tree(const fs::path& directory) {
  const fs::file_status status = fs::symlink_status(directory);
  if (!fs::exists(status)) return;
  remove_entry(AT_FDCWD, {directory.string(), fs::is_directory(status)}, directory);
}

std::string read_file(const fs::path& file, int64_t limit_bytes) {
  const int fd =
      ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not block us
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    throw DataError("{}: required a readable file, found '{}'; check the path", file.string(),
                    std::generic_category().message(error));
  }
  std::unique_ptr<const int, void (*)(const int*)> closer(&fd, [](const int* f) { ::close(*f); });
  if (!S_ISREG(info.st_mode))
    throw DataError("{}: required a regular file, found something else; check the path",
                    file.string());
  std::string bytes;
  for (size_t done = 0;;) {
    if (static_cast<int64_t>(done) > limit_bytes || info.st_size > limit_bytes)
      throw DataError(
          "{}: required at most {} bytes, found more; this is not the expected kind of file",
          file.string(), limit_bytes);
    const auto left =
        static_cast<size_t>(std::max<int64_t>(info.st_size - static_cast<int64_t>(done), 0));
    bytes.resize(done + left + 4096);  // sizes may be wrong (procfs) or change: read until the end
    const ssize_t count = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw DataError("{}: required a readable file, found '{}'; check the disk", file.string(),
                      std::generic_category().message(errno));
    done += static_cast<size_t>(count);
    if (count == 0) {
      bytes.resize(done);
      return bytes;
    }
  }
}

}  // namespace rlreason::process
