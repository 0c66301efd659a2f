// Writers and readers at once: nothing lost, nothing twice, no "busy" seen by anyone.
#include <sys/wait.h>

#include <chrono>
#include <functional>
#include <thread>

#include "core/runlog/writer.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

using runlog::Kind;
using runlog::Writer;
using Clock = std::chrono::steady_clock;

class Concurrent : public StoreTest {
 protected:
  // 0 when `body` did not throw.
  static pid_t in_child(const std::function<void()>& body) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    try {
      body();
    } catch (const std::exception& error) {
      fprintf(stderr, "child: %s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  static void expect_clean_exit(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
};

TEST_F(Concurrent, FourWritersAndReadersOfGrowingRuns) {
  constexpr int kSteps = 300;
  std::vector<std::filesystem::path> directories;
  for (int i = 0; i < 3; ++i)
    directories.push_back(make_run(fmt::format("r{}", i), run_json(fmt::format("u{}", i))));
  { Store::open(file); }
  const auto until = Clock::now() + std::chrono::seconds(3);
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i)
    children.push_back(in_child([&] {  // each ingests every run: they race for the same cursors
      auto store = Store::open(file);
      while (Clock::now() < until)
        for (const auto& directory : directories) store.ingest(directory);
    }));
  for (int i = 0; i < 4; ++i)
    children.push_back(in_child([&] {
      size_t most = 0;
      while (Clock::now() < until) {
        const auto store = Store::open(file, Mode::read_only);
        for (const auto& row : store.runs()) {
          const auto curve = store.curve(row.uid, "train/loss");
          for (size_t k = 0; k < curve.size(); ++k)
            if (curve[k].iteration != static_cast<int64_t>(k))
              throw std::runtime_error("a hole in the curve");
          most = std::max(most, curve.size());
        }
      }
      if (most == 0) throw std::runtime_error("nothing was read");
    }));
  {
    std::vector<std::unique_ptr<Writer>> writers;
    for (const auto& directory : directories)
      writers.push_back(std::make_unique<Writer>(directory, "0001-a", hello()));
    for (int i = 0; i < kSteps; ++i) {
      for (auto& writer : writers) writer->append(Kind::step, step(i, i));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    for (auto& writer : writers)
      writer->close({{"exit_code", 0}, {"reason", ""}, {"iteration", kSteps - 1}});
  }
  for (const pid_t child : children) expect_clean_exit(child);
  auto store = Store::open(file);
  for (const auto& directory : directories) store.ingest(directory);
  EXPECT_EQ(store.integrity_problem(), std::nullopt);
  for (const auto& row : store.runs()) {
    EXPECT_EQ(row.state, RunState::done);
    EXPECT_EQ(store.curve(row.uid, "train/loss").size(), static_cast<size_t>(kSteps));
    const auto detail = store.detail(row.uid);
    EXPECT_EQ(detail.metrics.back().n, kSteps);
    EXPECT_TRUE(detail.events.empty());
  }
}

TEST_F(Concurrent, ManyProcessesMayCreateTheStore) {
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i)
    children.push_back(in_child([&, i] {
      Store::open(file).register_run(run_json(fmt::format("u{}", i)),
                                     folder / fmt::format("r{}", i));
    }));
  for (const pid_t child : children) expect_clean_exit(child);
  EXPECT_EQ(Store::open(file, Mode::read_only).runs().size(), 8u);
}

TEST_F(Concurrent, OneStoreAThreadInOneProcess) {
  { Store::open(file); }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      auto store = Store::open(file);
      for (int i = 0; i < 25; ++i)
        store.register_run(run_json(fmt::format("u{}-{}", t, i)),
                           folder / fmt::format("r{}-{}", t, i));
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Store::open(file).runs().size(), 100u);
}

TEST_F(Concurrent, IngestsFastEnough) {
  const auto directory = make_run("a", run_json("u1"));
  {
    Writer writer(directory, "0001-a", hello());
    json values;
    for (int m = 0; m < 20; ++m) values[fmt::format("train/metric_{}", m)] = 0.1 * m;
    for (int i = 0; i < 5000; ++i)
      writer.append(Kind::step, {{"iteration", i}, {"values", values}});
  }
  auto store = Store::open(file);
  const auto start = Clock::now();
  store.ingest(directory);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  EXPECT_GT(5000 * 20 / seconds, 50000) << seconds;
  EXPECT_EQ(store.curves("u1").size(), 20u);
}

}  // namespace
}  // namespace rlreason::store
