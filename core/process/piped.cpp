#include "core/process/piped.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "core/process/io.h"

namespace rlreason::process {
namespace {

constexpr size_t kWordsKept = 4096;

// The writing end reaches the child by its name under /dev/fd, which spawn() opens like a file.
struct Pipe {
  explicit Pipe(const std::string& program) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_disk(program, "a pipe to read it", errno);
    read = ends[0];
    write = ends[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    if (read >= 0) ::close(read);
    ::close(write);
  }
  Output output() const { return Output::to("/dev/fd/" + std::to_string(write)); }
  int read = -1, write = -1;
};

}  // namespace

PipedChild::PipedChild(std::vector<std::string> argv, std::chrono::milliseconds silence)
    : silence_(silence) {
  Pipe out(argv.at(0)), err(argv.at(0));
  child_.push_back(spawn({.argv = std::move(argv), .out = out.output(), .err = err.output()}));
  out_ = std::exchange(out.read, -1);
  err_ = std::exchange(err.read, -1);
  ::fcntl(err_, F_SETFL, O_NONBLOCK);
}

PipedChild::~PipedChild() {
  child_.clear();
  for (const int fd : {out_, err_})
    if (fd >= 0) ::close(fd);
}

void PipedChild::keep_words() {
  std::array<char, 1024> text;
  for (ssize_t count; (count = ::read(err_, text.data(), text.size())) > 0;) {
    said_.append(text.data(), static_cast<size_t>(count));
    if (said_.size() > kWordsKept) said_.erase(0, said_.size() - kWordsKept);
  }
}

size_t PipedChild::read(char* to, size_t bytes) {
  for (;;) {
    pollfd out{out_, POLLIN, 0};
    const int ready = ::poll(&out, 1, static_cast<int>(silence_.count()));
    if (ready < 0 && errno == EINTR) continue;
    keep_words();  // a child that waits for room in this pipe and says nothing else counts as silent
    if (ready <= 0) {
      silent_ = true;
      child_.front().signal(SIGKILL);
      return 0;
    }
    const ssize_t count = ::read(out_, to, bytes);
    if (count < 0 && errno == EINTR) continue;
    return count > 0 ? static_cast<size_t>(count) : 0;
  }
}

ExitStatus PipedChild::wait() {
  const ExitStatus status = child_.front().wait();
  keep_words();
  return status;
}

}  // namespace rlreason::process
