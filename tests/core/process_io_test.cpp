#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/process/publish.h"
#include "tests/core/process_support.h"

namespace rlreason::process {
namespace {

using test::FaultGuard;
namespace fs = std::filesystem;
using test::Scratch;
using test::sentence_of;
using ::testing::HasSubstr;

TEST(OutputFile, WritesWhatItWasGiven) {
  const Scratch scratch;
  auto file = OutputFile::create(scratch / "a");
  file.write("one ");
  file.write("");
  file.write("two");
  file.close();
  EXPECT_EQ(file.bytes(), 7);
  EXPECT_EQ(read_file(scratch / "a"), "one two");
  auto more = OutputFile::append(scratch / "a");
  more.write("!");
  more.close();
  EXPECT_EQ(read_file(scratch / "a"), "one two!");
}

TEST(OutputFile, RefusesAnExistingName) {
  const Scratch scratch;
  write_file_atomic(scratch / "a", "old");
  EXPECT_THAT(sentence_of<DiskError>([&] { OutputFile::create(scratch / "a"); }),
              HasSubstr("choose another name"));
  EXPECT_EQ(read_file(scratch / "a"), "old");
}

TEST(OutputFile, ShortWritesAndInterruptionsAreCompleted) {
  const Scratch scratch;
  const std::string text(1000, 'x');
  const FaultGuard guard({.fail_at = 1, .short_write = true});
  write_file_atomic(scratch / "short", text);
  set_faults({.fail_at = 2, .error = EINTR, .once = true});
  write_file_atomic(scratch / "interrupted", text);
  EXPECT_EQ(read_file(scratch / "short"), text);
  EXPECT_EQ(read_file(scratch / "interrupted"), text);
}

TEST(OutputFile, EndlessInterruptionsAreAnError) {
  const Scratch scratch;
  const FaultGuard guard({.fail_at = 2, .error = EINTR});
  EXPECT_THROW(write_file_atomic(scratch / "a", "text"), DiskError);
}

TEST(OutputFile, AFailedSyncIsNeverRepeated) {
  const Scratch scratch;
  auto file = OutputFile::create(scratch / "a");
  file.write("abc");
  const FaultGuard guard({.fail_at = 1, .error = EIO, .once = true});
  const std::string first = sentence_of<DiskError>([&] { file.sync(); });
  EXPECT_THAT(first, HasSubstr((scratch / "a").string()));
  EXPECT_THAT(first, HasSubstr("sync 3 bytes"));
  EXPECT_THAT(first, HasSubstr("Input/output error"));
  const auto calls = io_calls();
  EXPECT_THROW(file.sync(), DiskError);
  EXPECT_THROW(file.write("d"), DiskError);
  EXPECT_THROW(file.close(), DiskError);
  EXPECT_EQ(io_calls(), calls) << "no further call may be made on the file";
}

TEST(OutputFile, AFailedCloseIsNeverRepeated) {
  const Scratch scratch;
  auto file = OutputFile::create(scratch / "a");
  file.write("abc");
  file.sync();
  const FaultGuard guard({.fail_at = 1, .error = EIO, .once = true});
  EXPECT_THROW(file.close(), DiskError);
  const auto calls = io_calls();
  EXPECT_THROW(file.close(), DiskError);
  EXPECT_EQ(io_calls(), calls);
}

TEST(OutputFile, NamesTheBytesWhenTheDiskIsFull) {
  const Scratch scratch;
  const FaultGuard guard({.fail_at = 2, .error = ENOSPC});
  const std::string sentence =
      sentence_of<DiskError>([&] { write_file_atomic(scratch / "a", "12345"); });
  EXPECT_THAT(sentence, HasSubstr("write 5 bytes"));
  EXPECT_THAT(sentence, HasSubstr("No space left on device"));
  EXPECT_THAT(sentence, HasSubstr("free space"));
}

// A real limit of the kernel, not an injected one: 100 bytes fit, the rest is EFBIG.
TEST(OutputFile, ARealFileSizeLimitIsADiskError) {
  const Scratch scratch;
  const int status = test::run_forked({}, [&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(1);
    write_file_atomic(scratch / "a", std::string(900, 'x'));
  });
  EXPECT_TRUE(test::disk_error(status)) << status;
  EXPECT_FALSE(fs::exists(scratch / "a"));
  EXPECT_EQ(test::count_temporaries(scratch.path()), 0);
}

TEST(OutputFile, ADeviceThatIsAlwaysFullIsADiskError) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  auto file = OutputFile::append("/dev/full");
  EXPECT_THROW(file.write("x"), DiskError);
}

TEST(Io, RenameNewNeverReplaces) {
  const Scratch scratch;
  write_file_atomic(scratch / "a", "a");
  write_file_atomic(scratch / "b", "b");
  EXPECT_FALSE(rename_new(scratch / "a", scratch / "b"));
  EXPECT_EQ(read_file(scratch / "b"), "b");
  EXPECT_TRUE(rename_new(scratch / "a", scratch / "c"));
  EXPECT_EQ(read_file(scratch / "c"), "a");
}

TEST(Io, RenameNewWorksWhereTheFilesystemLacksIt) {
  const Scratch scratch;
  make_directory(scratch / "a");
  make_directory(scratch / "b");
  const FaultGuard guard({.fail_at = 1, .error = EINVAL, .once = true});
  EXPECT_FALSE(rename_new(scratch / "a", scratch / "b"));
  set_faults({.fail_at = 1, .error = ENOSYS, .once = true});
  EXPECT_TRUE(rename_new(scratch / "a", scratch / "c"));
  EXPECT_TRUE(fs::exists(scratch / "c"));
}

TEST(Io, RemoveTreeDoesNotFollowLinks) {
  const Scratch scratch;
  make_directories(scratch / "keep/inner");
  write_file_atomic(scratch / "keep/inner/file", "precious");
  make_directories(scratch / "gone/deep/deeper");
  write_file_atomic(scratch / "gone/deep/deeper/file", "x");
  fs::create_directory_symlink(scratch / "keep", scratch / "gone/deep/link");
  remove_tree(scratch / "gone");
  EXPECT_FALSE(fs::exists(scratch / "gone"));
  EXPECT_EQ(read_file(scratch / "keep/inner/file"), "precious");
  fs::create_directory_symlink(scratch / "keep", scratch / "link");
  remove_tree(scratch / "link");
  EXPECT_FALSE(fs::exists(fs::symlink_status(scratch / "link")));
  EXPECT_TRUE(fs::exists(scratch / "keep/inner/file"));
  remove_tree(scratch / "absent");
}

TEST(Io, ReadFileRefusesWhatIsNoFile) {
  const Scratch scratch;
  write_file_atomic(scratch / "a", std::string(100, 'x'));
  EXPECT_EQ(read_file(scratch / "a", 100).size(), 100U);
  EXPECT_THROW(read_file(scratch / "a", 99), DataError);
  EXPECT_THROW(read_file(scratch / "absent"), DataError);
  EXPECT_THROW(read_file(scratch.path()), DataError);
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  EXPECT_THROW(read_file(scratch / "pipe"), DataError);
  EXPECT_FALSE(read_file("/proc/self/status").empty())
      << "a size of 0 is no reason to read nothing";
}

TEST(Io, TemporaryNamesAreRecognised) {
  EXPECT_TRUE(is_temporary_name(temporary_beside("x/step-10").filename().string()));
  EXPECT_TRUE(is_temporary_name(temporary_beside("x/step-10/").filename().string()));
  EXPECT_FALSE(is_temporary_name("step-10"));
  EXPECT_FALSE(is_temporary_name("step-10.tmp.0123456789abcdeg"));
  EXPECT_FALSE(is_temporary_name("step-10.tmp.0123456789abcde"));
  EXPECT_FALSE(is_temporary_name(".tmp.0123456789abcdef"));
}

TEST(Faults, PlansAreParsed) {
  const FaultPlan kill = parse_fault_plan("7", "");
  EXPECT_EQ(kill.kill_at, 7);
  const FaultPlan once = parse_fault_plan("", "3:EDQUOT:once");
  EXPECT_EQ(once.fail_at, 3);
  EXPECT_EQ(once.error, EDQUOT);
  EXPECT_TRUE(once.once);
  EXPECT_TRUE(parse_fault_plan("", "3:SHORT").short_write);
  for (const char* bad : {"0:EIO", "x:EIO", "3", "3:", "3:EWHAT", ":EIO", "-1:EIO", "3:EIO:twice"})
    EXPECT_THROW(parse_fault_plan("", bad), UserError) << bad;
  for (const char* bad : {"0", "x", "1x", "-3"})
    EXPECT_THROW(parse_fault_plan(bad, ""), UserError) << bad;
}

}  // namespace
}  // namespace rlreason::process
