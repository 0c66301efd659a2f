// One process at a time in a directory: a kernel lock on D/lock, released by close or death, never
// a file's existence.
//
// The file names its holder (pid, host, since) for the sentence of the one who is refused; its text
// decides nothing. Not for network filesystems whose flock is local to a host.  The lock is not
// inherited by spawned programs. Errors: RefusedError naming the holder after `wait`; DiskError
// when the file cannot be opened or locked at all. Thread safety: a lock object belongs to one
// thread; two objects in one process exclude each other as well.
#pragma once

#include <chrono>
#include <filesystem>

namespace rlreason::process {

class DirectoryLock {
 public:
  explicit DirectoryLock(const std::filesystem::path& directory,
                         std::chrono::milliseconds wait = std::chrono::seconds(2));
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

 private:
  int fd_ = -1;
};

bool is_locked(const std::filesystem::path&
                   directory);  // does some process hold it now?  A snapshot, for display.

}  // namespace rlreason::process
