#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/prctl.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/process/lock.h"
#include "core/process/signals.h"
#include "core/process/spawn.h"
#include "tests/core/process_roles.h"
#include "tests/core/process_support.h"

namespace rlreason::process {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::Role;
using test::Scratch;
using test::sentence_of;
using test::start_role;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

int sleep_for_ever() {
  for (;;) ::pause();
}

int say_environment() {
  std::string text;
  for (const char* name : {"A", "B", "HOME"}) {
    const char* value = std::getenv(name);
    text += fmt::format("{}={};", name, value == nullptr ? "-" : value);
  }
  text += fs::current_path().string();
  return ::write(1, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::write(2, "err", 3) == 3
             ? 0
             : 1;
}

int count_descriptors() {
  int open = 0;
  for (int fd = 3; fd < 256; ++fd) open += ::fcntl(fd, F_GETFD) != -1;
  return open;
}

int stop_politely() {
  install_stop_signals();
  if (::write(1, "ready\n", 6) != 6) return 1;
  while (!stop_requested()) std::this_thread::sleep_for(1ms);
  if (const char* stubborn = std::getenv("STUBBORN");
      stubborn != nullptr && ::write(1, "first\n", 6) == 6)
    std::this_thread::sleep_for(60s);
  return stop_signal() == SIGTERM ? 75 : 1;
}

// Starts `sleeper` by spawn() and tells its pid; the test then kills this middle process.
int start_sleeper() {
  Child child = spawn(start_role("sleeper"));
  const std::string text = fmt::format("{}\n", child.pid());
  if (::write(1, text.data(), text.size()) < 0) return 1;
  return sleep_for_ever();
}

int hold_lock() {
  const DirectoryLock lock(std::getenv("LOCK_DIRECTORY"), 5s);
  if (::write(1, "held\n", 5) != 5) return 1;
  return sleep_for_ever();
}

int race_for_lock() {
  try {
    const DirectoryLock lock(std::getenv("LOCK_DIRECTORY"), 100ms);
    std::this_thread::sleep_for(1500ms);
    return 0;
  } catch (const RefusedError&) {
    return static_cast<int>(ExitCode::refused);
  }
}

int default_signals() {
  struct sigaction action {};
  ::sigaction(SIGPIPE, nullptr, &action);
  sigset_t blocked;
  ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
  return action.sa_handler == SIG_DFL && sigismember(&blocked, SIGTERM) == 0 ? 0 : 1;
}

const Role kSleeper{"sleeper", sleep_for_ever};
const Role kEnvironment{"environment", say_environment};
const Role kDescriptors{"descriptors", count_descriptors};
const Role kPolite{"polite", stop_politely};
const Role kMiddle{"middle", start_sleeper};
const Role kLocker{"locker", hold_lock};
const Role kRacer{"racer", race_for_lock};
const Role kSignals{"signals", default_signals};

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Waits until the file ends with `end`, at most 10 s.
std::string wait_for_text(const fs::path& file, const std::string& end) {
  for (int i = 0; i < 10'000; ++i) {
    if (std::string text = text_of(file); text.ends_with(end)) return text;
    std::this_thread::sleep_for(1ms);
  }
  return "nothing that ends with " + end;
}

TEST(Spawn, PassesEnvironmentDirectoryAndOutputs) {
  const Scratch scratch;
  ::setenv("B", "ours", 1);
  SpawnOptions options = start_role("environment");
  options.environment.insert(options.environment.end(), {{"A", "x y=\"$z\";"}, {"B", ""}});
  options.cwd = fs::canonical(scratch.path());
  options.out = Output::to(scratch / "out");
  options.err = Output::to(scratch / "err");
  const ExitStatus status = spawn(options).wait();
  ::unsetenv("B");
  EXPECT_TRUE(status.ok());
  EXPECT_GT(status.peak_bytes, 1 << 20);
  EXPECT_THAT(text_of(scratch / "out"), StartsWith("A=x y=\"$z\";;B=;HOME="));
  EXPECT_THAT(text_of(scratch / "out"), EndsWith(options.cwd.string()));
  EXPECT_EQ(text_of(scratch / "err"), "err");
  spawn(options).wait();
  EXPECT_EQ(text_of(scratch / "err"), "errerr") << "outputs are appended to";
}

TEST(Spawn, InheritsNoDescriptor) {
  const int leaked =
      ::open("/dev/null", O_RDONLY);  // without close-on-exec, as a careless library has it
  ASSERT_GT(leaked, 2);
  EXPECT_EQ(spawn(start_role("descriptors")).wait().code, 0);
  ::close(leaked);
}

TEST(Spawn, SignalsAreAsAtTheStart) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  sigset_t block, old;
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &block, &old);
  EXPECT_EQ(spawn(start_role("signals")).wait().code, 0);
  ::sigprocmask(SIG_SETMASK, &old, nullptr);
  ::signal(SIGPIPE, before);
}

TEST(Spawn, WhatCannotStartIsAUserError) {
  const Scratch scratch;
  EXPECT_THAT(sentence_of<UserError>([&] { spawn({.argv = {(scratch / "absent").string()}}); }),
              HasSubstr("No such file"));
  EXPECT_THAT(sentence_of<UserError>([&] { spawn({.argv = {"no-such-program-anywhere"}}); }),
              HasSubstr("PATH"));
  write_file_atomic(scratch / "plain", "text");
  EXPECT_THAT(sentence_of<UserError>([&] { spawn({.argv = {(scratch / "plain").string()}}); }),
              HasSubstr("Permission denied"));
  SpawnOptions options = start_role("environment");
  options.cwd = scratch / "absent";
  EXPECT_THAT(sentence_of<UserError>([&] { spawn(options); }), HasSubstr("a directory to start"));
  options = start_role("environment");
  options.out = Output::to(scratch / "absent/out");
  EXPECT_THROW(spawn(options), DiskError);
}

TEST(Spawn, NothingIsAShell) {
  const Scratch scratch;
  const SpawnOptions options{.argv = {"echo", "$HOME", "; exit 3", "`id`", "*"},
                             .out = Output::to(scratch / "out")};
  EXPECT_TRUE(spawn(options).wait().ok());
  EXPECT_EQ(text_of(scratch / "out"), "$HOME ; exit 3 `id` *\n");
}

TEST(Spawn, PollAndWaitDoNotBlock) {
  Child child = spawn(start_role("sleeper"));
  EXPECT_FALSE(child.poll());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(child.wait(30ms));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  EXPECT_EQ(::getpgid(child.pid()), child.pid());
  child.signal(SIGKILL);
  EXPECT_EQ(child.wait().signal, SIGKILL);
  EXPECT_EQ(child.poll()->signal, SIGKILL);
  child.signal(SIGKILL);  // its number may be another's by now: nothing is sent
}

TEST(Spawn, AForgottenChildDoesNotLiveOn) {
  pid_t pid = 0;
  {
    const Child child = spawn(start_role("sleeper"));
    pid = child.pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(Spawn, ASignalReachesTheWholeGroup) {
  const Scratch scratch;
  // The shell here is the program under test's child, not our way to start one.
  SpawnOptions options{.argv = {"sh", "-c", "sleep 600 & echo $!; wait"},
                       .out = Output::to(scratch / "out")};
  Child child = spawn(options);
  const auto grandchild = static_cast<pid_t>(std::stol(wait_for_text(scratch / "out", "\n")));
  child.signal(SIGKILL);
  child.wait();
  bool gone = false;
  for (int i = 0; i < 2000 && !gone; ++i, std::this_thread::sleep_for(1ms))
    gone = ::kill(grandchild, 0) != 0 ||
           text_of(fmt::format("/proc/{}/stat", grandchild)).find(") Z") != std::string::npos;
  EXPECT_TRUE(gone);
}

// Promise L5: a child does not outlive the SIGKILL of the one that started it.
TEST(Spawn, TheChildDiesWithItsParent) {
  for (int round = 0; round < 5; ++round) {
    const Scratch scratch;
    SpawnOptions options = start_role("middle");
    options.out = Output::to(scratch / "out");
    Child middle = spawn(options);
    const auto grandchild = static_cast<pid_t>(std::stol(wait_for_text(scratch / "out", "\n")));
    EXPECT_EQ(::kill(grandchild, 0), 0);
    ::kill(middle.pid(), SIGKILL);  // this process alone, not its group
    middle.wait();
    bool gone = false;
    for (int i = 0; i < 2000 && !gone; ++i, std::this_thread::sleep_for(1ms))
      gone = ::kill(grandchild, 0) != 0 ||
             text_of(fmt::format("/proc/{}/stat", grandchild)).find(") Z") != std::string::npos;
    EXPECT_TRUE(gone) << "within 2 s";
  }
}

TEST(Spawn, ExitsAreSaidInWords) {
  EXPECT_EQ(describe_exit({}), "ended well");
  EXPECT_THAT(describe_exit({.code = 7}), HasSubstr("write, sync or rename"));
  EXPECT_EQ(describe_exit({.code = 33}), "ended with code 33");
  EXPECT_THAT(describe_exit({.signal = SIGKILL}),
              StartsWith("killed by SIGKILL; often the out-of-memory killer"));
  EXPECT_THAT(describe_exit({.signal = SIGSEGV}), StartsWith("killed by SIGSEGV; "));
  EXPECT_EQ(describe_exit({.signal = SIGRTMAX}), fmt::format("killed by signal {}", SIGRTMAX));
}

TEST(Signals, TheFirstAsksAndTheSecondEnds) {
  const Scratch scratch;
  SpawnOptions options = start_role("polite");
  options.out = Output::to(scratch / "first");
  Child polite = spawn(options);
  wait_for_text(scratch / "first", "ready\n");
  polite.signal(SIGTERM);
  EXPECT_EQ(polite.wait().code, 75);

  options.out = Output::to(scratch / "second");
  options.environment.emplace_back("STUBBORN", "1");
  Child stubborn = spawn(options);
  wait_for_text(scratch / "second", "ready\n");
  stubborn.signal(SIGUSR1);
  wait_for_text(scratch / "second", "first\n");
  stubborn.signal(SIGINT);
  const auto status = stubborn.wait(10s);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 75);
}

TEST(Signals, AStopMayAlsoComeFromInside) {
  reset_stop();
  EXPECT_FALSE(stop_requested());
  request_stop();
  EXPECT_TRUE(stop_requested());
  EXPECT_EQ(stop_signal(), 0);
  reset_stop();
}

TEST(Lock, ExcludesAndNamesItsHolder) {
  const Scratch scratch;
  EXPECT_FALSE(is_locked(scratch.path()));
  {
    const DirectoryLock lock(scratch.path());
    EXPECT_TRUE(is_locked(scratch.path()));
    const auto start = std::chrono::steady_clock::now();
    const std::string sentence =
        sentence_of<RefusedError>([&] { DirectoryLock(scratch.path(), 50ms); });
    EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
    EXPECT_THAT(sentence,
                HasSubstr(fmt::format("process {} on {} since 20", ::getpid(), host_name())));
    EXPECT_THAT(sentence, HasSubstr(scratch.path().string()));
  }
  EXPECT_FALSE(is_locked(scratch.path()));
  DirectoryLock first(scratch.path());
  DirectoryLock second = std::move(first);
  EXPECT_TRUE(is_locked(scratch.path()));
}

TEST(Lock, AFileAloneLocksNothing) {
  const Scratch scratch;
  write_file_atomic(scratch / "lock", "{\"pid\": 1, \"host\": \"elsewhere\"}");
  const DirectoryLock lock(scratch.path(), 0ms);
  EXPECT_TRUE(is_locked(scratch.path()));
}

TEST(Lock, AMissingDirectoryIsADiskError) {
  const Scratch scratch;
  EXPECT_THROW(DirectoryLock(scratch / "absent"), DiskError);
}

TEST(Lock, DeathReleasesIt) {
  const Scratch scratch;
  make_directory(scratch / "d");
  SpawnOptions options = start_role("locker");
  options.environment.emplace_back("LOCK_DIRECTORY", (scratch / "d").string());
  options.out = Output::to(scratch / "out");
  Child holder = spawn(options);
  wait_for_text(scratch / "out", "held\n");
  EXPECT_THAT(sentence_of<RefusedError>([&] { DirectoryLock(scratch / "d", 0ms); }),
              HasSubstr(fmt::format("process {} ", holder.pid())));
  holder.signal(SIGKILL);
  const DirectoryLock lock(scratch / "d");  // waits for the dying holder
}

TEST(Lock, IsNotInheritedByChildren) {
  const Scratch scratch;
  std::optional<Child> child;
  {
    const DirectoryLock lock(scratch.path());
    child = spawn(start_role("sleeper"));
  }
  EXPECT_FALSE(is_locked(scratch.path()));
}

// Promise L6.
TEST(Lock, OfEightRacersExactlyOneWins) {
  for (int round = 0; round < 2; ++round) {
    const Scratch scratch;
    SpawnOptions options = start_role("racer");
    options.environment.emplace_back("LOCK_DIRECTORY", scratch.path().string());
    std::vector<Child> racers;
    for (int i = 0; i < 8; ++i) racers.push_back(spawn(options));
    int winners = 0, refused = 0;
    for (auto& racer : racers) {
      const int code = racer.wait().code;
      winners += code == 0;
      refused += code == static_cast<int>(ExitCode::refused);
    }
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(refused, 7);
  }
}

}  // namespace
}  // namespace rlreason::process
