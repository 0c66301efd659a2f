// SIGKILL of the ingester at any moment: the store stays sound and the next ingest ends where one alone would have.
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "core/random.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

using runlog::Kind;
using runlog::Writer;

class IngestKill : public StoreTest {
 protected:
  void make_runs() {
    for (int run = 0; run < 4; ++run) {
      const std::string uid = fmt::format("u{}", run);
      directories.push_back(make_run(uid, run_json(uid)));
      Writer first(directories.back(), "0001-a", hello());
      for (int i = 0; i < 400; ++i) first.append(Kind::step, step(i, run + i * 0.5));
      json items = json::array();
      for (int i = 0; i < 60; ++i)
        items.push_back(
            {{"id", fmt::format("q{}", i)},
             {"samples", {sample(0, "right", "1"), sample(1, i % 2 ? "wrong" : "unscored", "2")}}});
      first.append(Kind::eval, eval("hard", 100, items));
      Writer second(directories.back(), "0002-b", hello(300));
      for (int i = 300; i < 600; ++i) second.append(Kind::step, step(i, -i));
      second.close({{"exit_code", 0}, {"reason", "finished"}, {"iteration", 599}});
    }
  }
  void ingest_all(const std::filesystem::path& into) const {
    auto store = Store::open(into);
    for (const auto& directory : directories) store.ingest(directory);
  }
  static std::string contents(const std::filesystem::path& of) {
    const auto store = Store::open(of);
    json all = json::array();
    for (const auto& row : store.runs()) {
      const auto detail = store.detail(row.uid);
      all.push_back({row.uid, to_string(row.state), row.iteration, row.attempts});
      for (const auto& m : detail.metrics)
        all.push_back({m.metric, m.n, m.last, m.min, m.max, m.mean});
      for (const auto& [name, curve] : store.curves(row.uid))
        for (const auto& point : curve) all.push_back({name, point.iteration, point.value});
      for (const auto& facts : store.all_facts(row.uid))
        for (const auto& item : facts.items)
          for (const auto& s : item.samples)
            all.push_back({item.id, s.sample, s.outcome, s.answer});
      all.push_back(detail.events.size());
    }
    return all.dump();
  }
  std::vector<std::filesystem::path> directories;
};

TEST_F(IngestKill, AtRandomMomentsEndsLikeOneIngest) {
  make_runs();
  const auto start = std::chrono::steady_clock::now();
  ingest_all(folder / "whole.db");
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - start;
  const std::string expected = contents(folder / "whole.db");
  Sequence random({.seed = 7});
  int killed = 0;
  for (int round = 0; round < 12; ++round) {
    const auto store = folder / fmt::format("round{}.db", round);
    for (int kill_number = 0; kill_number < 3; ++kill_number) {
      const pid_t child = ::fork();
      if (child == 0) {
        try {
          ingest_all(store);
        } catch (...) {
          ::_exit(1);
        }
        ::_exit(0);
      }
      std::this_thread::sleep_for(whole * random.uniform());
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
      killed += WIFSIGNALED(status);
      EXPECT_EQ(Store::open(store).integrity_problem(), std::nullopt);
    }
    ingest_all(store);
    EXPECT_EQ(contents(store), expected) << "round " << round;
  }
  EXPECT_GT(killed, 5);
}

}  // namespace
}  // namespace rlreason::store
