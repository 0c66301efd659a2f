// `rlreason sweep watch` typed at through a pseudo-terminal: what the screen shows, and how the terminal is left behind.
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "core/process/lock.h"
#include "core/process/signals.h"
#include "core/runlog/writer.h"
#include "sweeps/plan.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/run_files.h"
#include "sweeps/why.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

constexpr std::chrono::seconds kPatience{20};

// A person at a terminal of 100 x 30 in which the program runs.
class Terminal {
 public:
  explicit Terminal(const std::vector<std::string>& words) {
    winsize size{};
    size.ws_col = 100;
    size.ws_row = 30;
    EXPECT_EQ(openpty(&master_, &slave_, nullptr, nullptr, &size), 0);
    EXPECT_EQ(tcgetattr(slave_, &before_), 0);
    pid_ = fork();
    if (pid_ == 0) {
      close(master_);
      login_tty(slave_);
      setenv("TERM", "xterm", 1);
      std::vector<char*> argv;
      for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
  }
  ~Terminal() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(slave_);
    close(master_);
  }

  void type(const std::string& keys) {
    EXPECT_EQ(write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  // Reads on until the newest frame has the text.
  bool shows(const std::string& text) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (screen().find(text) == std::string::npos) {
      if (std::chrono::steady_clock::now() > until) return false;
      read_more();
    }
    return true;
  }
  std::string screen() const {
    const size_t begin = all_.rfind("\x1b[H");
    return begin == std::string::npos ? all_ : all_.substr(begin);
  }
  int wait_for_exit() {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > until) return -1;
      read_more();
    }
    pid_ = 0;
    for (size_t size = 0; size != all_.size();) {
      size = all_.size();
      read_more();
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  void send(int signal) const { kill(pid_, signal); }
  termios settings() const {
    termios now{};
    EXPECT_EQ(tcgetattr(slave_, &now), 0);
    return now;
  }
  bool is_as_before() const {
    const termios now = settings();
    return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag &&
           now.c_oflag == before_.c_oflag &&
           std::memcmp(now.c_cc, before_.c_cc, sizeof now.c_cc) == 0;
  }
  // The last switch of the screen and of the cursor leads back.
  bool screen_is_as_before() const {
    return all_.rfind("\x1b[?1049l") != std::string::npos &&
           all_.rfind("\x1b[?1049l") > all_.rfind("\x1b[?1049h") &&
           all_.rfind("\x1b[?25h") > all_.rfind("\x1b[?25l");
  }
  const std::string& all() const { return all_; }

 private:
  void read_more() {
    pollfd input{master_, POLLIN, 0};
    if (poll(&input, 1, 20) <= 0) return;
    char bytes[65536];
    const ssize_t count = read(master_, bytes, sizeof bytes);
    if (count > 0) all_.append(bytes, static_cast<size_t>(count));
  }
  int master_ = -1, slave_ = -1;
  pid_t pid_ = 0;
  termios before_{};
  std::string all_;
};

class WatchTest : public SweepTest {
 protected:
  WatchTest() {
    std::ofstream(root_ / "plan.yaml") << "name: p\nseeds: 2\nrecipes: [on_policy, luffy]\n";
    plan_ = expand(load_plan(file()));
  }
  std::string file() const { return (root_ / "plan.yaml").string(); }
  std::vector<std::string> words(const std::string& verb = "watch") const {
    return {process::find_sibling("rlreason").string(),
            "sweep",
            verb,
            file(),
            "--every",
            "0.1",
            "--runs-dir",
            (root_ / "runs").string(),
            "--store",
            (root_ / "store.db").string()};
  }
  const PlanCell& cell(const std::string& name) const { return find_cell(plan_, name); }

  // A training that has written five steps and an engine.log with escapes in it.
  void begin_training(const PlanCell& cell) {
    const fs::path made = root_ / "runs" / plan_.graph.specs[cell.train_node].directory();
    fs::create_directories(made);
    LaunchOptions launch;
    launch.runs_dir = root_ / "runs";
    process::write_file_atomic(made / "run.json",
                               describe_run(plan_.graph, cell.train_node, made, launch, {}).dump());
    const std::string attempt = runlog::next_attempt_uid(made);
    runlog::Writer log(made, attempt, {{"run_uid", read_run(made)["uid"]}, {"attempt", attempt}});
    for (int i = 1; i <= 5; ++i)
      log.append(
          runlog::Kind::step,
          {{"iteration", i}, {"values", {{"rollout/reward", 0.125 * i}, {"train/loss", -i}}}});
    std::ofstream(made / "engine.log") << "loading\nhalf way \x1b]0;owned\x07\x1b[2J there\n";
    store::Store::open(root_ / "store.db").ingest(made);
  }

  ExpandedPlan plan_;
};

TEST_F(WatchTest, KeysChooseATrainingAndShowItsLogCurvesAndReasons) {
  begin_training(cell("luffy/1"));
  Terminal person(words());
  ASSERT_TRUE(person.shows("q leave")) << person.all();
  EXPECT_TRUE(person.shows("> "));
  person.type("jj\x1b[C");  // base, on_policy, luffy; then the second seed
  ASSERT_TRUE(person.shows("> interrupted 5/")) << person.screen();
  person.type("l");
  ASSERT_TRUE(person.shows("half way \\x1b]0;owned\\x07\\x1b[2J there")) << person.screen();
  EXPECT_EQ(person.all().find("\x1b]0;owned"), std::string::npos);
  person.type("p");
  ASSERT_TRUE(person.shows("luffy/1  rollout/reward 0.625  (1 of 2)")) << person.screen();
  EXPECT_TRUE(person.shows("█"));
  person.type("p");
  ASSERT_TRUE(person.shows("train/loss -5  (2 of 2)")) << person.screen();
  person.type("w");
  ASSERT_TRUE(person.shows("why luffy/1")) << person.screen();
  EXPECT_TRUE(person.shows("interrupted"));
  person.type("\x1b[A");
  ASSERT_TRUE(person.shows("why on_policy/1"));
  person.type("\x1b");
  ASSERT_TRUE(person.shows("l log   p curves   w why"));
  person.type("q");
  EXPECT_EQ(person.wait_for_exit(), 0);
  EXPECT_TRUE(person.is_as_before());
  EXPECT_TRUE(person.screen_is_as_before());
  // The last page stays on the screen that is left behind.
  EXPECT_NE(person.all().find("runs are done", person.all().rfind("\x1b[?1049l")),
            std::string::npos);
}

// A stand-in for `sweep run`: holds the plan's lock and ends with the level that it was asked to stop at.
TEST_F(WatchTest, StoppingAsksTheCoordinatorOnceAfterAQuestion) {
  const fs::path folder = coordinator_folder(root_ / "runs", "p-" + plan_.identity.substr(0, 8));
  fs::create_directories(folder);
  const pid_t coordinator = fork();
  if (coordinator == 0) {
    process::install_stop_levels();
    const process::DirectoryLock lock(folder);
    while (process::stop_level() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    _exit(process::stop_level());
  }
  while (!process::is_locked(folder)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  Terminal person(words());
  ASSERT_TRUE(person.shows("q leave"));
  person.type("sn");
  ASSERT_TRUE(person.shows("nothing was asked")) << person.screen();
  EXPECT_EQ(waitpid(coordinator, nullptr, WNOHANG), 0);
  person.type("s");
  ASSERT_TRUE(person.shows("(y/n)"));
  person.type("y");
  ASSERT_TRUE(person.shows("was asked to start nothing more")) << person.screen();
  person.type("sy");
  ASSERT_TRUE(person.shows("was asked already")) << person.screen();
  int status = 0;
  waitpid(coordinator, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);  // drain, and no more than that
  person.type("sy");
  EXPECT_TRUE(person.shows("nobody runs this plan")) << person.screen();
}

TEST_F(WatchTest, TheTerminalIsPutBackAfterEverySignal) {
  for (const std::vector<int>& signals :
       {std::vector<int>{SIGTERM}, {SIGINT}, {SIGTERM, SIGTERM}}) {
    Terminal person(words());
    ASSERT_TRUE(person.shows("q leave"));
    EXPECT_EQ(person.settings().c_lflag & (ICANON | ECHO), 0u);
    if (signals.size() ==
        2) {  // the second finds it busy with the first: both are there when it wakes
      person.send(SIGSTOP);
      for (const int signal : {SIGTERM, SIGINT}) person.send(signal);
      person.send(SIGCONT);
    } else {
      person.send(signals[0]);
    }
    EXPECT_EQ(person.wait_for_exit(), signals.size() == 2 ? 75 : 0);
    EXPECT_TRUE(person.is_as_before());
    EXPECT_TRUE(person.screen_is_as_before());
  }
}

TEST_F(WatchTest, CtrlCLeavesAndCtrlZDoesNot) {
  Terminal person(words());
  ASSERT_TRUE(person.shows("q leave"));
  person.type(
      "\x1a\x1c"
      "j");
  ASSERT_TRUE(person.shows("> ")) << person.screen();
  person.type("\x03");
  EXPECT_EQ(person.wait_for_exit(), 0);
  EXPECT_TRUE(person.is_as_before());
}

// A store that becomes unreadable while somebody watches: an error, and the terminal as it was.
TEST_F(WatchTest, AnErrorPutsTheTerminalBackToo) {
  begin_training(cell("luffy/0"));
  Terminal person(words());
  ASSERT_TRUE(person.shows("q leave"));
  for (const char* name : {"store.db-wal", "store.db-shm"}) fs::remove(root_ / name);
  std::ofstream(root_ / "store.db", std::ios::trunc) << std::string(8192, 'x');
  EXPECT_EQ(person.wait_for_exit(), 8);
  EXPECT_TRUE(person.is_as_before());
  EXPECT_TRUE(person.screen_is_as_before());
  EXPECT_NE(person.all().find("store.db", person.all().rfind("\x1b[?1049l")), std::string::npos);
}

}  // namespace
}  // namespace rlreason::sweep
