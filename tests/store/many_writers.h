// Many processes on one store: writing runs, an ingester, a planner, readers; optionally killed at random moments.
#pragma once

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "core/random.h"
#include "core/store/internal.h"
#include "core/store/tags.h"
#include "core/store/trials.h"
#include "tests/store/fixture.h"

namespace rlreason::store {

constexpr int kRuns = 8, kMostAttempts = 300;

// What survives every process: how many steps each attempt was told to be written.
struct Shared {
  std::atomic<int64_t> acknowledged[kRuns][kMostAttempts];
  std::atomic<int> attempts[kRuns];
  std::atomic<int> finished;
  std::atomic<int64_t> answers, plans;
  std::atomic<int64_t>
      allowed;  // writers wait here, so that a quick machine does not end before the others began
};

class ManyWriters : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    void* memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    shared = new (memory) Shared();
    for (int run = 0; run < kRuns; ++run)
      directories.push_back(make_run(fmt::format("r{}", run), run_json(fmt::format("u{}", run))));
    { Store::open(file); }
  }
  void TearDown() override {
    ::munmap(shared, sizeof(Shared));
    StoreTest::TearDown();
  }

  static pid_t in_child(const std::function<void()>& body) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    try {
      body();
    } catch (const std::exception& error) {  // whatever a user would have seen
      fprintf(stderr, "child: %s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }

  // Goes on where the attempts before it stopped, as a resumed run does.
  void write_run(int run, int64_t steps) {
    int64_t at = 0;
    const int attempt = shared->attempts[run]++;
    if (attempt >= kMostAttempts) throw std::runtime_error("too many attempts");
    for (int before = 0; before < attempt; ++before) at += shared->acknowledged[run][before];
    runlog::Writer writer(directories[static_cast<size_t>(run)],
                          fmt::format("{:04d}-a", attempt + 1), hello(at));
    for (; at < steps; ++at) {
      while (at >= shared->allowed) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      writer.append(runlog::Kind::step, step(at, static_cast<double>(at * kRuns + run)));
      ++shared->acknowledged[run][attempt];
    }
    writer.close({{"exit_code", 0}, {"reason", ""}, {"iteration", steps - 1}});
    ++shared->finished;
  }
  void ingest_until_done() {
    auto store = Store::open(file);
    for (bool last = false;;) {
      for (const auto& directory : directories) store.ingest(directory);
      if (last) return;
      last = shared->finished >= kRuns;
    }
  }
  void plan_until_done() {
    auto store = Store::open(file);
    store.register_experiment({.name = "search"});
    for (int n = 0; shared->finished < kRuns; ++n) {
      store.register_run(run_json(fmt::format("planned{}-{}", ::getpid(), n)),
                         folder / "planned" / std::to_string(n));
      add_trial(store, "search", {.sampler = "random", .point = {{"n", n}}});
      take_lease(store, "coordinator", "planner", 1000);
      ++shared->plans;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  void read_until_done() {
    while (shared->finished < kRuns) {
      const auto store = Store::open(file, Mode::read_only);
      for (int run = 0; run < kRuns; ++run) {
        if (!store.run(fmt::format("u{}", run))) continue;
        const auto curve = store.curve(fmt::format("u{}", run), "train/loss");
        for (size_t i = 0; i < curve.size(); ++i)
          if (curve[i].iteration != static_cast<int64_t>(i) ||
              curve[i].value != static_cast<double>(static_cast<int>(i) * kRuns + run))
            throw std::runtime_error(fmt::format("run {}: point {} is wrong", run, i));
        ++shared->answers;
      }
      if (all_tags(store).size() > 1) throw std::runtime_error("tags from nowhere");
    }
  }

  // Every acknowledged step is there once, in its attempt; the curve is whole.
  void expect_complete(int64_t steps) {
    auto store = Store::open(file);
    for (const auto& directory : directories) store.ingest(directory);
    EXPECT_EQ(store.integrity_problem(), std::nullopt);
    for (int run = 0; run < kRuns; ++run) {
      const std::string uid = fmt::format("u{}", run);
      const auto curve = store.curve(uid, "train/loss");
      ASSERT_EQ(curve.size(), static_cast<size_t>(steps)) << uid;
      for (int64_t i = 0; i < steps; ++i) {
        ASSERT_EQ(curve[static_cast<size_t>(i)].iteration, i) << uid;
        ASSERT_EQ(curve[static_cast<size_t>(i)].value, static_cast<double>(i * kRuns + run)) << uid;
      }
      for (int attempt = 0; attempt < shared->attempts[run]; ++attempt) {
        const int64_t stored = store.connection().integer(
            fmt::format("SELECT (SELECT COUNT(*) FROM tail WHERE attempt_id = a.id) + (SELECT "
                        "COALESCE(SUM(c.n), 0) FROM chunk c JOIN "
                        "metric m ON m.id = c.metric_id WHERE c.attempt_id = a.id AND m.name = "
                        "'train/loss') FROM attempt a JOIN run r ON "
                        "r.id = a.run_id WHERE r.uid = '{}' AND a.uid = '{:04d}-a'",
                        uid, attempt + 1));
        EXPECT_GE(stored, shared->acknowledged[run][attempt]) << uid << " attempt " << attempt;
        EXPECT_LE(stored, shared->acknowledged[run][attempt] + 1) << uid << " attempt " << attempt;
      }
      EXPECT_TRUE(store.detail(uid).events.empty()) << uid;
      EXPECT_EQ(store.run(uid)->state, RunState::done);
    }
  }

  void all_at_once(int64_t steps) {
    std::vector<pid_t> children;
    for (int run = 0; run < kRuns; ++run)
      children.push_back(in_child([&, run] { write_run(run, steps); }));
    children.push_back(in_child([&] { ingest_until_done(); }));
    children.push_back(in_child([&] { plan_until_done(); }));
    for (int reader = 0; reader < 2; ++reader)
      children.push_back(in_child([&] { read_until_done(); }));
    shared->allowed = steps / 2;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while ((shared->answers == 0 || shared->plans == 0) &&
           std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    shared->allowed = steps;
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    }
    EXPECT_GT(shared->answers, 0);
    EXPECT_GT(shared->plans, 0);
    expect_complete(steps);
  }

  // The same with `kills` SIGKILLs of writers and ingesters, each replaced at once.
  void killed(int64_t steps, int kills, double mean_pause_s) {
    struct Slot {
      pid_t pid;
      std::function<void()> body;
      bool done = false;
    };
    std::vector<Slot> slots;
    const auto start = [&](std::function<void()> body) { slots.push_back({in_child(body), body}); };
    for (int run = 0; run < kRuns; ++run) start([this, run, steps] { write_run(run, steps); });
    start([this] { ingest_until_done(); });
    start([this] { ingest_until_done(); });
    Sequence random({.seed = 17});
    int dealt = 0;
    shared->allowed = steps / kills;
    while (std::any_of(slots.begin(), slots.end(), [](const Slot& slot) { return !slot.done; })) {
      std::this_thread::sleep_for(
          std::chrono::duration<double>(2 * mean_pause_s * random.uniform()));
      std::vector<Slot*> alive;
      for (Slot& slot : slots)
        if (!slot.done) alive.push_back(&slot);
      const auto pick = static_cast<size_t>(random.uniform() * static_cast<double>(alive.size()));
      if (dealt < kills && ::kill(alive[pick]->pid, SIGKILL) == 0) ++dealt;
      shared->allowed = dealt == kills ? steps : steps * (dealt + 1) / kills;
      for (Slot& slot : slots) {
        int status = 0;
        if (slot.done || ::waitpid(slot.pid, &status, WNOHANG) != slot.pid) continue;
        slot.done = WIFEXITED(status);
        if (slot.done)
          EXPECT_EQ(WEXITSTATUS(status), 0);
        else
          slot.pid = in_child(slot.body);
      }
    }
    EXPECT_EQ(dealt, kills);
    expect_complete(steps);
  }

  Shared* shared = nullptr;
  std::vector<std::filesystem::path> directories;
};

}  // namespace rlreason::store
