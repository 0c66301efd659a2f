#include "core/process/io.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/process/fault.h"

namespace rlreason::process {
namespace fs = std::filesystem;
namespace {

constexpr int kInterruptions =
    100;  // retries of a call that a signal interrupts, before it counts as failed
constexpr std::string_view kTemporaryMark = ".tmp.";
constexpr size_t kNonceDigits = 16;

std::string_view advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free space on this filesystem, then run again";
    case EFBIG:
      return "raise the file size limit (ulimit -f), then run again";
    case EIO:
      return "check the disk, then run again";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a place that you may write to";
    case EEXIST:
      return "choose another name";
    default:
      return "check the path and run again";
  }
}

// An interrupted call had no effect and may be made again; sync and close are never repeated.
template <class Call>
auto retried(Call call) {
  auto result = through_seam(call);
  for (int i = 0; result < 0 && errno == EINTR && i < kInterruptions; ++i)
    result = through_seam(call);
  return result;
}

// Made names are told to a test's observer, when there is one.
void tell_created(const fs::path& path) {
  if (IoObserver* observer = io_observer()) observer->created(path);
}
void tell_renaming(const fs::path& from, const fs::path& to) {
  if (IoObserver* observer = io_observer()) observer->renaming(from, to);
}

int open_for_writing(const fs::path& file, int flags) {
  const int fd = retried([&] { return ::open(file.c_str(), flags | O_WRONLY | O_CLOEXEC, 0666); });
  if (fd < 0) fail_disk(file, "to open the file for writing", errno);
  // A temporary is locked while its writer lives, so that cleaning up leaves it alone.
  if (is_temporary_name(file.filename().native())) ::flock(fd, LOCK_EX | LOCK_NB);
  if ((flags & O_EXCL) != 0) tell_created(file);
  return fd;
}

fs::path parent_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

ssize_t write_some(int fd, std::string_view bytes) {
  const Fault fault = next_io_call();
  if (fault.error != 0) {
    errno = fault.error;
    return -1;
  }
  const size_t size = fault.short_write ? std::max<size_t>(1, bytes.size() / 2) : bytes.size();
  return ::write(fd, bytes.data(), size);
}

}  // namespace

void fail_disk(const fs::path& file, std::string_view what, int error) {
  throw DiskError("{}: required {}, found '{}'; {}", file.string(), what,
                  std::generic_category().message(error), advice(error));
}

OutputFile OutputFile::create(const fs::path& file) { return {file, O_CREAT | O_EXCL | O_APPEND}; }
OutputFile OutputFile::append(const fs::path& file) { return {file, O_CREAT | O_APPEND}; }

OutputFile::OutputFile(fs::path file, int flags) : file_(std::move(file)) {
  fd_ = open_for_writing(file_, flags);
}

OutputFile::OutputFile(OutputFile&& other) noexcept { *this = std::move(other); }

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) ::close(fd_);
  file_ = std::move(other.file_);
  fd_ = std::exchange(other.fd_, -1);
  bytes_ = other.bytes_;
  synced_ = other.synced_;
  failed_ = other.failed_;
  return *this;
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

void OutputFile::usable(std::string_view action) const {
  if (failed_)
    throw DiskError("{}: required {}, found that an earlier write or sync of it failed; abandon it",
                    file_.string(), action);
  RLR_ENSURE(fd_ >= 0, "{} is closed", file_.string());
}

void OutputFile::fail(std::string_view action, int error) {
  failed_ = true;
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  fail_disk(file_, action, error);
}

void OutputFile::write(std::string_view bytes) {
  usable("to write");
  synced_ = false;
  size_t done = 0;
  int interruptions = 0;
  while (done < bytes.size()) {
    const ssize_t count = write_some(fd_, bytes.substr(done));
    if (count < 0 && errno == EINTR && interruptions++ < kInterruptions) continue;
    if (count <= 0)
      fail(fmt::format("to write {} bytes at {} (of which {} are written)", bytes.size(), bytes_,
                       done),
           count == 0 ? EIO : errno);
    done += static_cast<size_t>(count);
  }
  bytes_ += static_cast<int64_t>(done);
}

void OutputFile::sync() {
  usable("to sync");
  if (through_seam([&] { return ::fdatasync(fd_); }) != 0)
    fail(fmt::format("to sync {} bytes", bytes_), errno);
  synced_ = true;
  if (IoObserver* observer = io_observer()) observer->synced(file_);
}

void OutputFile::close() {
  if (!synced_ || failed_) sync();
  usable("to close");
  bool released = false;
  const int result = through_seam([&] {
    released = true;  // Linux releases the descriptor even when close reports an error
    return ::close(fd_);
  });
  const int error = errno;
  if (released) fd_ = -1;
  if (result != 0) fail(fmt::format("to close it after {} bytes", bytes_), error);
}

void write_file_atomic(const fs::path& file, std::string_view bytes) {
  const fs::path temporary = temporary_beside(file);
  try {
    OutputFile output = OutputFile::create(temporary);
    output.write(bytes);
    output.close();
    process::rename(temporary, file);
  } catch (...) {
    ::unlink(temporary.c_str());  // best effort: the first error is the one to tell
    throw;
  }
  sync_directory(parent_of(file));
}

void make_directory(const fs::path& directory) {
  if (retried([&] { return ::mkdir(directory.c_str(), 0777); }) != 0)
    fail_disk(directory, "to make the directory", errno);
  tell_created(directory);
}

void make_directories(const fs::path& directory) {
  if (directory.empty() || fs::is_directory(directory)) return;
  const fs::path parent = parent_of(directory);
  if (parent != directory) make_directories(parent);
  const int result = retried([&] { return ::mkdir(directory.c_str(), 0777); });
  if (result != 0 && !(errno == EEXIST && fs::is_directory(directory)))
    fail_disk(directory, "to make the directory", errno);
  if (result == 0) tell_created(directory);
  sync_directory(parent);
}

void rename(const fs::path& from, const fs::path& to) {
  tell_renaming(from, to);
  if (retried([&] { return ::rename(from.c_str(), to.c_str()); }) != 0)
    fail_disk(from, fmt::format("to rename it to {}", to.string()), errno);
}

bool rename_new(const fs::path& from, const fs::path& to) {
  const auto move = [&] {
    return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  };
  tell_renaming(from, to);
  if (retried(move) == 0) return true;
  if (errno == EINVAL || errno == ENOSYS) {  // a filesystem without it, e.g. NFS: look, then move
    if (fs::exists(fs::symlink_status(to))) return false;
    if (retried([&] { return ::rename(from.c_str(), to.c_str()); }) == 0) return true;
  }
  if (errno == EEXIST || errno == ENOTEMPTY) return false;
  fail_disk(from, fmt::format("to rename it to {}", to.string()), errno);
}

void sync_directory(const fs::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail_disk(directory, "to open the directory for syncing", errno);
  const int result = through_seam([&] { return ::fsync(fd); });
  const int error = errno;
  ::close(fd);
  // Some network filesystems cannot sync a directory and say EINVAL; their servers order names
  // themselves.
  if (result != 0 && error != EINVAL) fail_disk(directory, "to sync the directory", error);
  if (IoObserver* observer = io_observer()) observer->directory_synced(directory);
}

std::string nonce() {
  uint64_t bits = 0;
  RLR_ENSURE(::getrandom(&bits, sizeof bits, 0) == sizeof bits, "no random bits from the kernel");
  return fmt::format("{:016x}", bits);
}

fs::path temporary_beside(const fs::path& final_path) {
  fs::path path = final_path;
  if (path.filename().empty()) path = path.parent_path();  // "dir/"
  path += fmt::format("{}{}", kTemporaryMark, nonce());
  return path;
}

bool is_temporary_name(std::string_view name) {
  if (name.size() <= kTemporaryMark.size() + kNonceDigits) return false;
  const std::string_view digits = name.substr(name.size() - kNonceDigits);
  return name.substr(0, name.size() - kNonceDigits).ends_with(kTemporaryMark) &&
         digits.find_first_not_of("0123456789abcdef") == digits.npos;
}

}  // namespace rlreason::process
