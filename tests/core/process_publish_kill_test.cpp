// Promises D2, D3, D5 and D6 for a published directory: every I/O call is killed and failed once,
// every byte is flipped.
#include <gmock/gmock.h>

#include "core/process/publish.h"
#include "tests/core/process_support.h"

namespace rlreason::process {
namespace {

using test::FaultGuard;
namespace fs = std::filesystem;
using test::Scratch;
using ::testing::HasSubstr;

constexpr int64_t kMoreCallsThanAnyPublish = 500;

void fill_small(const fs::path& directory) {
  auto weights = OutputFile::create(directory / "weights.bin");
  weights.write(std::string("\0\1\2 weights", 11));
  weights.write(" more");
  weights.close();
  make_directory(directory / "state");
  auto state = OutputFile::create(directory / "state/state.json");
  state.write("{\"iteration\": 7}\n");
  state.close();
}

Manifest publish_small(const fs::path& target) {
  return publish_directory(target, fill_small, {{"lineage", "abc"}, {"iteration", 7}});
}

// The old directory is untouched; the new one is absent or whole.
void expect_old_or_new(const Scratch& scratch, int64_t n) {
  EXPECT_EQ(verify_directory(scratch / "old"), std::nullopt) << "call " << n;
  if (!fs::exists(scratch / "new")) return;
  EXPECT_EQ(verify_directory(scratch / "new"), std::nullopt) << "call " << n;
  EXPECT_EQ(read_file(scratch / "new/state/state.json"), "{\"iteration\": 7}\n");
}

// A restart: leftovers go, and what was not published is published.
void recover(const fs::path& parent) {
  clean_leftovers(parent);
  if (!fs::exists(parent / "new")) publish_small(parent / "new");
}

TEST(PublishKill, EveryKillPointLeavesTheOldStateOrTheNew) {
  int64_t n = 1;
  int absent = 0, present = 0;
  for (;; ++n) {
    ASSERT_LT(n, kMoreCallsThanAnyPublish);
    const Scratch scratch;
    publish_small(scratch / "old");
    const int status = test::run_forked({.kill_at = n}, [&] { publish_small(scratch / "new"); });
    expect_old_or_new(scratch, n);
    ++(fs::exists(scratch / "new") ? present : absent);
    recover(scratch.path());
    EXPECT_EQ(verify_directory(scratch / "new"), std::nullopt);
    EXPECT_EQ(test::count_temporaries(scratch.path()), 0);
    if (!test::killed(status)) {
      EXPECT_TRUE(test::succeeded(status)) << status;
      break;
    }
  }
  EXPECT_GE(n, 20) << "a publish of two files makes 19 calls";
  EXPECT_GT(absent, 10);
  EXPECT_GE(present, 2) << "killed after the rename, and not killed";
}

// SQLite's compound test: the recovery from each kill is killed at each of its own calls.
TEST(PublishKill, RecoveryItselfMayBeKilledAnywhere) {
  bool first_killed = true;
  for (int64_t n = 1; first_killed; ++n) {
    bool second_killed = true;
    for (int64_t m = 1; second_killed; ++m) {
      ASSERT_LT(n + m, kMoreCallsThanAnyPublish);
      const Scratch scratch;
      publish_small(scratch / "old");
      first_killed =
          test::killed(test::run_forked({.kill_at = n}, [&] { publish_small(scratch / "new"); }));
      second_killed =
          test::killed(test::run_forked({.kill_at = m}, [&] { recover(scratch.path()); }));
      expect_old_or_new(scratch, m);
      recover(scratch.path());
      EXPECT_EQ(verify_directory(scratch / "new"), std::nullopt);
      EXPECT_EQ(test::count_temporaries(scratch.path()), 0);
    }
  }
}

TEST(PublishKill, EveryFailurePointIsADiskErrorAndLeavesTheOldStateOrTheNew) {
  for (const int error : {ENOSPC, EIO, EDQUOT, EFBIG, EINTR, 0 /* short writes */}) {
    for (const bool once : {true, false}) {
      bool failed = true;
      for (int64_t n = 1; failed; ++n) {
        ASSERT_LT(n, kMoreCallsThanAnyPublish);
        const Scratch scratch;
        publish_small(scratch / "old");
        const FaultPlan plan{.fail_at = n, .error = error, .short_write = error == 0, .once = once};
        const int64_t calls = [&] {
          const FaultGuard guard(plan);
          const std::string sentence =
              test::sentence_of<DiskError>([&] { publish_small(scratch / "new"); });
          failed = io_calls() >= n;
          // A short write and one interruption of a call that may be repeated are healed.
          const bool healed = error == 0 || (error == EINTR && once);
          if (failed && !healed) {
            EXPECT_THAT(sentence, HasSubstr("required")) << n;
          }
          if (!failed || error == 0) {
            EXPECT_EQ(sentence, "");
          }
          return io_calls();
        }();
        expect_old_or_new(scratch, n);
        recover(scratch.path());
        EXPECT_EQ(verify_directory(scratch / "new"), std::nullopt) << n << " of " << calls;
        EXPECT_EQ(test::count_temporaries(scratch.path()), 0);
      }
    }
  }
}

TEST(PublishKill, EveryKillPointOfARemovalLeavesAllOrNothing) {
  bool was_killed = true;
  for (int64_t n = 1; was_killed; ++n) {
    ASSERT_LT(n, kMoreCallsThanAnyPublish);
    const Scratch scratch;
    publish_small(scratch / "old");
    was_killed =
        test::killed(test::run_forked({.kill_at = n}, [&] { remove_directory(scratch / "old"); }));
    if (fs::exists(scratch / "old")) {
      EXPECT_EQ(verify_directory(scratch / "old"), std::nullopt);
    }
    clean_leftovers(scratch.path());
    EXPECT_EQ(test::count_temporaries(scratch.path()), 0);
    remove_directory(scratch / "old");
    EXPECT_TRUE(fs::is_empty(scratch.path()));
  }
}

TEST(PublishKill, EveryKillPointOfAnAtomicWriteLeavesOldBytesOrNew) {
  bool was_killed = true;
  int replaced = 0;
  for (int64_t n = 1; was_killed; ++n) {
    ASSERT_LT(n, kMoreCallsThanAnyPublish);
    const Scratch scratch;
    write_file_atomic(scratch / "file", "old");
    was_killed = test::killed(
        test::run_forked({.kill_at = n}, [&] { write_file_atomic(scratch / "file", "new"); }));
    const std::string now = read_file(scratch / "file");
    EXPECT_TRUE(now == "old" || now == "new") << now;
    replaced += now == "new";
    clean_leftovers(scratch.path());
    EXPECT_EQ(test::count_temporaries(scratch.path()), 0);
  }
  EXPECT_GE(replaced, 2);
}

std::string bytes_of(const fs::path& file) { return read_file(file); }

// Replaces a file's bytes without the seam's care: this is the damage, not the product.
void damage(const fs::path& file, const std::string& bytes) {
  remove_file(file);
  auto output = OutputFile::create(file);
  output.write(bytes);
}

TEST(PublishKill, EveryFlippedByteAndEveryTruncationIsDetected) {
  const Scratch scratch;
  publish_small(scratch / "d");
  for (const char* name : {"weights.bin", "state/state.json", "manifest.json"}) {
    const fs::path file = scratch.path() / "d" / name;
    const std::string whole = bytes_of(file);
    for (size_t i = 0; i < whole.size(); ++i) {
      for (const int mask : {0x01, 0x20, 0x80}) {
        std::string flipped = whole;
        flipped[i] = static_cast<char>(flipped[i] ^ mask);
        damage(file, flipped);
        const auto problem = verify_directory(scratch / "d");
        ASSERT_TRUE(problem) << name << " byte " << i;
        if (std::string(name) != "manifest.json") {
          ASSERT_THAT(*problem, HasSubstr(name));
        }
      }
      damage(file, whole.substr(0, i));
      ASSERT_TRUE(verify_directory(scratch / "d")) << name << " cut at " << i;
    }
    damage(file, whole + "x");
    ASSERT_TRUE(verify_directory(scratch / "d")) << name << " with one byte more";
    damage(file, whole);
    ASSERT_EQ(verify_directory(scratch / "d"), std::nullopt);
  }
}

}  // namespace
}  // namespace rlreason::process
