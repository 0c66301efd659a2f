#include "core/runlog/fragment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "core/error.h"

namespace rlreason::runlog {
namespace {

constexpr size_t kWindowBytes = size_t{4} << 20;
constexpr size_t kLargestFrame = kHeaderBytes + kMaxPayloadBytes;
constexpr uint64_t kLargestFragment = uint64_t{256} << 20;  // a writer stops far below
constexpr uint64_t kSeqJump = uint64_t{1}
                              << 20;  // records that one damaged place may have swallowed
constexpr size_t kSearchBudgetBytes = size_t{256}
                                      << 20;  // checksummed while looking for the next whole frame

class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& file)
      : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) {
    struct stat info {};
    if (fd_ < 0 || ::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) return;
    size_ = static_cast<uint64_t>(info.st_size);
    usable_ = true;
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool usable() const { return usable_; }
  uint64_t size() const { return size_; }

  // At most `bytes` from `offset`; shorter at the end of the file or where it cannot be read.
  std::string load(uint64_t offset, size_t bytes) const {
    std::string result(
        static_cast<size_t>(std::min<uint64_t>(bytes, size_ - std::min(size_, offset))), '\0');
    size_t done = 0;
    while (done < result.size()) {
      const ssize_t count = ::pread(fd_, result.data() + done, result.size() - done,
                                    static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      done += static_cast<size_t>(count);
    }
    result.resize(done);
    return result;
  }

 private:
  int fd_ = -1;
  uint64_t size_ = 0;
  bool usable_ = false;
};

struct Scan {
  const std::filesystem::path& file;
  const std::string& attempt;
  Position& position;
  Harvest& harvest;
  bool after_damage = false;

  void problem(const std::string& sentence) {
    harvest.problems.push_back(
        fmt::format("{}: offset {}: {}", file.string(), position.offset, sentence));
  }

  void take(const Frame& frame) {
    if (frame.seq <= position.seq) {
      problem(fmt::format("required a record after {}, found {} again; skipped", position.seq,
                          frame.seq));
    } else {
      if (frame.seq != position.seq + 1 && !after_damage)
        problem(fmt::format("required record {}, found {}; the ones between are lost",
                            position.seq + 1, frame.seq));
      position.seq = frame.seq;
      try {
        if (harvest.steps == Steps::as_text && frame.kind == Kind::step)
          harvest.records.push_back(
              {attempt, frame.seq, frame.kind, {}, std::string(frame.payload)});
        else
          harvest.records.push_back({attempt, frame.seq, frame.kind, parse_payload(frame.payload)});
      } catch (const DataError& error) {
        problem(fmt::format("record {}: {}; skipped", frame.seq, error.what()));
      }
    }
    after_damage = false;
    harvest.bytes += frame.bytes;
    position.offset += frame.bytes;
  }

  // Past bytes that are no frame.  False: they may still become one, stay here.
  bool skip_damage(const InputFile& input, Tail tail) {
    if (tail == Tail::growing) return false;
    const std::string window = input.load(position.offset, kLargestFrame);
    const size_t found = window.empty() ? window.npos : find_frame(window, 1, position.seq);
    if (found == window.npos && tail != Tail::closed) return false;
    const uint64_t skipped = found != window.npos ? found : std::max<uint64_t>(window.size(), 1);
    problem(fmt::format("required a whole record, found {} damaged bytes; skipped", skipped));
    position.offset += skipped;
    harvest.bytes += static_cast<size_t>(skipped);
    after_damage = true;
    return true;
  }
};

// Takes what is whole in one window.  False: no progress is possible from here.
bool read_window(const InputFile& input, Tail tail, size_t limit_bytes, Scan& scan) {
  std::string window = input.load(scan.position.offset, kWindowBytes);
  for (size_t at = 0; at < window.size() && scan.harvest.bytes < limit_bytes;) {
    Frame frame;
    FrameState state = decode_frame(std::string_view(window).substr(at), frame);
    if (state == FrameState::incomplete && at > 0) return true;  // the next window starts with it
    if (state == FrameState::incomplete && window.size() == kWindowBytes) {
      window = input.load(scan.position.offset, kLargestFrame);
      state = decode_frame(window, frame);
    }
    if (state != FrameState::complete) return scan.skip_damage(input, tail);
    scan.take(frame);
    at += frame.bytes;
  }
  if (window.empty()) scan.problem("required readable bytes, found none; check the disk");
  return !window.empty();
}

}  // namespace

size_t find_frame(std::string_view bytes, size_t from, uint64_t last_seq) {
  size_t budget = kSearchBudgetBytes;
  for (size_t at = from; at + kHeaderBytes <= bytes.size(); ++at) {
    const std::string_view rest = bytes.substr(at);
    // The header's plausibility first: checksums at every offset of a hostile file would take for
    // ever.
    const auto byte = [&](size_t i) { return uint64_t{static_cast<unsigned char>(rest[i])}; };
    const uint64_t length = byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
    uint64_t seq = 0;
    for (size_t i = 0; i < 8; ++i) seq |= byte(10 + i) << (8 * i);
    if (length > kMaxPayloadBytes || kHeaderBytes + length > rest.size()) continue;
    if (seq <= last_seq || seq - last_seq > kSeqJump) continue;
    if (length > budget) return bytes.npos;
    budget -= length;
    if (Frame frame; decode_frame(rest, frame) == FrameState::complete) return at;
  }
  return bytes.npos;
}

FragmentEnd read_fragment(const std::filesystem::path& file, Tail tail, const std::string& attempt,
                          size_t limit_bytes, Position& position, Harvest& harvest) {
  const InputFile input(file);
  if (!input.usable()) return FragmentEnd::vanished;
  Scan scan{file, attempt, position, harvest};
  if (input.size() > kLargestFragment && position.offset < input.size()) {
    scan.problem(fmt::format("required a fragment of at most {} bytes, found {}; skipped",
                             kLargestFragment, input.size()));
    position.offset = input.size();
  }
  while (position.offset < input.size()) {
    if (harvest.bytes >= limit_bytes) return FragmentEnd::limited;
    if (!read_window(input, tail, limit_bytes, scan)) break;
  }
  return FragmentEnd::reached;
}

}  // namespace rlreason::runlog
