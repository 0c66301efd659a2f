// Promise D2 again with unsynced data dropped: what was published, replaced or acknowledged as published survives.
#include "core/process/publish.h"
#include "core/runlog/reader.h"
#include "core/runlog/writer.h"
#include "tests/core/process_power_loss.h"

namespace rlreason::process {
namespace {

namespace fs = std::filesystem;
using test::Scratch;

void publish_one(const fs::path& target) {
  publish_directory(target, [](const fs::path& directory) {
    make_directory(directory / "inner");
    auto file = OutputFile::create(directory / "inner/file");
    file.write("content");
    file.close();
  });
}

TEST(PowerLossKill, TheModelDropsWhatWasNotSynced) {
  const Scratch scratch;
  const int status = test::run_until_power_loss(0, [&] {
    auto file = OutputFile::create(scratch / "partly");
    file.write("synced");
    file.sync();
    file.write(" and lost");
    sync_directory(scratch.path());
    OutputFile::create(scratch / "unnamed").close();
    make_directory(scratch / "gone");
  });
  EXPECT_TRUE(test::succeeded(status));
  EXPECT_EQ(read_file(scratch / "partly"), "synced");
  EXPECT_FALSE(fs::exists(scratch / "unnamed"));
  EXPECT_FALSE(fs::exists(scratch / "gone"));
}

TEST(PowerLossKill, APublishedDirectoryIsAbsentOrWhole) {
  bool lost = true;
  for (int64_t n = 1; lost; ++n) {
    ASSERT_LT(n, 100);
    const Scratch scratch;
    const int status = test::run_until_power_loss(n, [&] { publish_one(scratch / "deep/new"); });
    lost = test::killed(status);
    const bool present = fs::exists(scratch / "deep/new");
    if (present) {
      EXPECT_EQ(verify_directory(scratch / "deep/new"), std::nullopt) << "call " << n;
    }
    EXPECT_TRUE(lost || (test::succeeded(status) && present)) << "published means durable";
    clean_leftovers(scratch / "deep");
    if (!present) publish_one(scratch / "deep/new");
    EXPECT_EQ(verify_directory(scratch / "deep/new"), std::nullopt);
  }
}

TEST(PowerLossKill, AnAtomicWriteLeavesOldBytesOrNew) {
  bool lost = true;
  for (int64_t n = 1; lost; ++n) {
    ASSERT_LT(n, 100);
    const Scratch scratch;
    write_file_atomic(scratch / "file", "old");
    lost = test::killed(
        test::run_until_power_loss(n, [&] { write_file_atomic(scratch / "file", "new bytes"); }));
    const std::string now = read_file(scratch / "file");
    EXPECT_TRUE(now == "new bytes" || (lost && now == "old")) << n << ": " << now;
  }
}

TEST(PowerLossKill, PublishedFragmentsSurvive) {
  bool lost = true;
  for (int64_t n = 1; lost; ++n) {
    ASSERT_LT(n, 300);
    const Scratch scratch;
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const int status = test::run_until_power_loss(n, [&] {
      runlog::Writer writer(scratch.path(), "0001-abc", {});
      for (uint64_t i = 0; i < 6; ++i) {
        writer.append(runlog::Kind::step, {{"iteration", i}});
        const uint64_t seq = writer.append(runlog::Kind::event, {});
        writer.publish();
        if (::write(pipe[1], &seq, sizeof seq) != sizeof seq) ::_exit(99);
      }
    });
    lost = test::killed(status);
    EXPECT_TRUE(lost || test::succeeded(status));
    ::close(pipe[1]);
    uint64_t published = 0;
    while (::read(pipe[0], &published, sizeof published) == sizeof published) {
    }
    ::close(pipe[0]);
    runlog::Reader reader(scratch.path());
    runlog::Cursor cursor;
    const auto records = reader.read(cursor);
    EXPECT_GE(records.size(), published) << "call " << n;
    EXPECT_TRUE(reader.problems().empty()) << "call " << n << ": " << reader.problems()[0];
  }
}

}  // namespace
}  // namespace rlreason::process
