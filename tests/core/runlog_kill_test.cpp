// A record whose append() returned survives SIGKILL, wherever it hits; a failing disk loses nothing acknowledged either.
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "core/random.h"
#include "core/runlog/layout.h"
#include "core/runlog/reader.h"
#include "core/runlog/writer.h"
#include "tests/core/process_support.h"

namespace rlreason::runlog {
namespace {

namespace fs = std::filesystem;
using test::Scratch;

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(ends_), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  void acknowledge(uint64_t seq) const {
    if (::write(ends_[1], &seq, sizeof seq) != sizeof seq) ::_exit(99);
  }
  void wait_for_one() {
    uint64_t seq = 0;
    EXPECT_EQ(::read(ends_[0], &seq, sizeof seq), static_cast<ssize_t>(sizeof seq));
    last_ = seq;
  }
  uint64_t last_acknowledged() {
    ::close(ends_[1]);
    ends_[1] = -1;
    for (uint64_t seq = 0; ::read(ends_[0], &seq, sizeof seq) == sizeof seq;) last_ = seq;
    return last_;
  }

 private:
  int ends_[2] = {-1, -1};
  uint64_t last_ = 0;
};

nlohmann::json payload_of(uint64_t seq) {
  return {{"seq", seq}, {"text", std::string(seq * 7 % 90, 'x')}};
}

constexpr WriterLimits kSmall{.fragment_bytes = 250, .fragment_age = std::chrono::hours(1)};

void write_records(const fs::path& run_dir, uint64_t count, const Pipe& pipe) {
  Writer writer(run_dir, next_attempt_uid(run_dir), payload_of(1), kSmall);
  pipe.acknowledge(1);
  for (uint64_t seq = 2; seq < count; ++seq) {
    writer.append(Kind::step, payload_of(seq));
    pipe.acknowledge(seq);
  }
  writer.close(payload_of(count));
  pipe.acknowledge(count);
}

// Everything acknowledged is read, whole and in order; at most the record in flight comes on top.
void expect_acknowledged(const fs::path& run_dir, uint64_t acknowledged, int64_t n) {
  Reader reader(run_dir);
  Cursor cursor;
  const auto records = reader.read(cursor);
  EXPECT_TRUE(reader.problems().empty()) << "call " << n;
  EXPECT_GE(records.size(), acknowledged) << "call " << n;
  EXPECT_LE(records.size(), acknowledged + 1) << "call " << n;
  for (size_t i = 0; i < records.size(); ++i)
    EXPECT_EQ(records[i].payload, payload_of(i + 1)) << "call " << n;
}

TEST(RunLogKill, EveryKillPointKeepsWhatWasAcknowledged) {
  bool was_killed = true;
  int64_t n = 1;
  for (; was_killed; ++n) {
    ASSERT_LT(n, 500);
    const Scratch scratch;
    Pipe pipe;
    was_killed = test::killed(
        test::run_forked({.kill_at = n}, [&] { write_records(scratch.path(), 25, pipe); }));
    const uint64_t acknowledged = pipe.last_acknowledged();
    expect_acknowledged(scratch.path(), acknowledged, n);
    if (!was_killed) {
      EXPECT_EQ(acknowledged, 25U);
    }
    // The next attempt starts beside what the dead one left.
    Writer next(scratch.path(), next_attempt_uid(scratch.path()), {});
    Reader reader(scratch.path());
    Cursor cursor;
    EXPECT_EQ(reader.read(cursor).back().kind, Kind::hello);
    EXPECT_TRUE(reader.problems().empty());
  }
  EXPECT_GT(n, 50) << "25 writes, and five calls for each of some seven fragments";
}

TEST(RunLogKill, EveryFailurePointKeepsWhatWasAcknowledged) {
  for (const int error : {ENOSPC, EIO, EINTR, 0 /* short writes */}) {
    for (const bool once : {true, false}) {
      bool failed = true;
      for (int64_t n = 1; failed; ++n) {
        ASSERT_LT(n, 500);
        const Scratch scratch;
        Pipe pipe;
        const test::FaultGuard guard(
            {.fail_at = n, .error = error, .short_write = error == 0, .once = once});
        const std::string sentence =
            test::sentence_of<DiskError>([&] { write_records(scratch.path(), 25, pipe); });
        failed = process::io_calls() >= n;
        const uint64_t acknowledged = pipe.last_acknowledged();
        expect_acknowledged(scratch.path(), acknowledged, n);
        if (acknowledged == 25) {
          EXPECT_EQ(sentence, "");
        }
      }
    }
  }
}

// The other death: not between two calls but at any moment.
TEST(RunLogKill, AKillAtAnyMomentKeepsWhatWasAcknowledged) {
  Sequence random({.seed = 11});
  for (int round = 0; round < 30; ++round) {
    const Scratch scratch;
    Pipe pipe;
    const pid_t child = ::fork();
    if (child == 0) {
      write_records(scratch.path(), 1'000'000, pipe);
      ::_exit(0);
    }
    pipe.wait_for_one();
    std::this_thread::sleep_for(std::chrono::microseconds(random.between(0, 30'000)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    expect_acknowledged(scratch.path(), pipe.last_acknowledged(), -round);
  }
}

// A reader beside a living writer sees every record once, whatever is being renamed under it.
TEST(RunLogKill, ReadingWhileWritingLosesNothing) {
  const Scratch scratch;
  constexpr uint64_t kRecords = 1500;
  std::thread writing([&] {
    Writer writer(scratch.path(), "0001-abc", payload_of(1), kSmall);
    for (uint64_t seq = 2; seq <= kRecords; ++seq) writer.append(Kind::step, payload_of(seq));
  });
  Reader reader(scratch.path());
  Cursor cursor;
  uint64_t last = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (last < kRecords && std::chrono::steady_clock::now() < deadline) {
    for (const auto& record : reader.read(cursor, 4000)) {
      EXPECT_EQ(record.seq, last + 1);
      EXPECT_EQ(record.payload, payload_of(record.seq));
      last = record.seq;
    }
    EXPECT_TRUE(reader.problems().empty());
  }
  writing.join();
  EXPECT_EQ(last, kRecords);
}

}  // namespace
}  // namespace rlreason::runlog
