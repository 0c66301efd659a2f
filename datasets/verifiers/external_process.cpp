#include "datasets/verifiers/external_process.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "core/error.h"
#include "core/process/io.h"

namespace rlreason::data {
namespace {

constexpr size_t kMostReplyBytes = size_t{1} << 16, kWordsKept = 4096;

struct Pipe {
  explicit Pipe(const std::string& program) {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) process::fail_disk(program, "a pipe to talk to it", errno);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (const int fd : ends)
      if (fd >= 0) ::close(fd);
  }
  int take(size_t end) {
    const int fd = std::exchange(ends[end], -1);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
  }
  process::Output output() const { return process::Output::to("/dev/fd/" + std::to_string(ends[1])); }
  std::array<int, 2> ends{-1, -1};
};

}  // namespace

ExternalProcess::ExternalProcess(const std::vector<std::string>& command) {
  Pipe in(command.at(0)), out(command.at(0)), err(command.at(0));
  child_.push_back(process::spawn({.argv = command, .in = in.ends[0], .out = out.output(), .err = err.output()}));
  in_ = in.take(1);
  out_ = out.take(0);
  err_ = err.take(0);
}

ExternalProcess::~ExternalProcess() {
  child_.clear();
  for (const int fd : {in_, out_, err_})
    if (fd >= 0) ::close(fd);
}

bool ExternalProcess::drain_errors() {
  std::array<char, 4096> text;
  ssize_t count = ::read(err_, text.data(), text.size());  // one read a turn: a flood of it must not keep us
  if (count > 0) {
    said_.append(text.data(), static_cast<size_t>(count));
    if (said_.size() > kWordsKept) said_.erase(0, said_.size() - kWordsKept);
  }
  return count != 0;
}

Reply ExternalProcess::ended(std::string words) {
  const auto status = child_.front().wait(std::chrono::milliseconds(200));
  for (int i = 0; i < 16 && drain_errors(); ++i) {
  }
  return {Reply::Kind::death, words + (status ? ", it " + process::describe_exit(*status) : "")};
}

Reply ExternalProcess::ask(std::string_view line, Clock::time_point deadline) {
  std::string got;
  bool errors_open = true;
  for (bool first = true;; first = false) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return {Reply::Kind::timeout, "no reply before the deadline"};
    std::array<pollfd, 3> wanted{{{out_, POLLIN, 0}, {errors_open ? err_ : -1, POLLIN, 0}, {line.empty() ? -1 : in_, POLLOUT, 0}}};
    if (::poll(wanted.data(), wanted.size(), static_cast<int>(std::min<int64_t>(left, 1000))) < 0 && errno != EINTR) return ended("it cannot be listened to");
    if (wanted[1].revents != 0) errors_open = drain_errors();
    if (wanted[0].revents != 0) {
      std::array<char, 4096> text;
      const ssize_t count = ::read(out_, text.data(), text.size());
      if (count == 0) return ended("it closed its output");
      if (count > 0 && first) return {Reply::Kind::flood, "it wrote before it was asked"};
      if (count > 0) got.append(text.data(), static_cast<size_t>(count));
    }
    if (wanted[2].revents != 0) {
      const ssize_t count = ::write(in_, line.data(), line.size());
      if (count < 0 && errno != EAGAIN && errno != EINTR) return ended("it closed its input");
      if (count > 0) line.remove_prefix(static_cast<size_t>(count));
    }
    const size_t end = got.find('\n');
    if (end == std::string::npos && got.size() > kMostReplyBytes) return {Reply::Kind::flood, "its reply is longer than 64 KiB"};
    if (end == std::string::npos) continue;
    if (end + 1 != got.size() || !line.empty()) return {Reply::Kind::flood, "it wrote more than one line for a request"};
    got.pop_back();
    return {Reply::Kind::line, std::move(got)};
  }
}

}  // namespace rlreason::data
