#include "core/process/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/process/fault.h"
#include "core/process/io.h"
#include "core/process/self.h"

namespace rlreason::process {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::milliseconds kPoll{20};

fs::path lock_file(const fs::path& directory) { return directory / "lock"; }

bool try_lock(int fd, const fs::path& file) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK && errno != EINTR) fail_disk(file, "a kernel lock on the file", errno);
  return false;
}

std::string describe_holder(const fs::path& file) {
  try {
    const auto holder = nlohmann::json::parse(read_file(file, 4096));
    const auto seconds = static_cast<std::time_t>(holder.at("since_ms").get<int64_t>() / 1000);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char since[32] = "";
    std::strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S UTC", &utc);
    // The host's name comes from a file: keep only what a name may hold.
    std::string host = holder.at("host").get<std::string>();
    std::erase_if(host, [](char c) { return c <= ' ' || c > '~'; });
    return fmt::format("process {} on {} since {}", holder.at("pid").get<int64_t>(), host, since);
  } catch (const std::exception&) {
    return "another process";
  }
}

void write_holder(int fd, const fs::path& file) {
  const nlohmann::json holder = {
      {"pid", ::getpid()}, {"host", host_name()}, {"since_ms", now_ms()}};
  const std::string text = holder.dump() + "\n";
  const bool emptied = ::ftruncate(fd, 0) == 0;
  const auto write = [&] { return ::pwrite(fd, text.data(), text.size(), 0); };
  if (!emptied || through_seam(write) != static_cast<ssize_t>(text.size()))
    fail_disk(file, "to write its holder", errno);
}

}  // namespace

DirectoryLock::DirectoryLock(const fs::path& directory, std::chrono::milliseconds wait) {
  const fs::path file = lock_file(directory);
  fd_ = through_seam([&] { return ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); });
  if (fd_ < 0) fail_disk(file, "to open the lock file", errno);
  try {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    while (!try_lock(fd_, file)) {
      if (std::chrono::steady_clock::now() >= deadline)
        throw RefusedError(
            "{}: required a directory that no one works in, found {} at work; wait for it or stop "
            "it",
            directory.string(), describe_holder(file));
      std::this_thread::sleep_for(kPoll);
    }
    write_holder(fd_, file);
  } catch (...) {
    ::close(std::exchange(fd_, -1));
    throw;
  }
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) ::close(fd_);
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

bool is_locked(const fs::path& directory) {
  const int fd = ::open(lock_file(directory).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool locked = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  return locked;
}

}  // namespace rlreason::process
