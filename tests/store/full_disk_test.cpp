// A disk that takes no more, and a store that may not be written: a sentence, and nothing that was acknowledged is lost.
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <functional>

#include "core/error.h"
#include "core/store/tags.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

TEST_F(StoreTest, AFullDiskIsAStoreErrorAndLosesNothing) {
  { Store::open(file); }
  auto* acknowledged = static_cast<int*>(
      ::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(acknowledged, MAP_FAILED);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ,
             SIG_IGN);  // then a write past the limit fails with an error, as on a full disk
    const rlimit limit{.rlim_cur = 6000000, .rlim_max = 6000000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      auto store = Store::open(file);
      for (int i = 0; i < 100000; ++i) {
        store.register_run(run_json(fmt::format("u{}", i)), folder / std::to_string(i));
        ++*acknowledged;
      }
    } catch (const StoreError& error) {
      ::_exit(std::string(error.what()).find(file.string()) == 0 ? 8 : 2);
    } catch (const std::exception& error) {
      fprintf(stderr, "%s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 8) << status;
  EXPECT_GT(*acknowledged, 50);
  auto store = Store::open(file);  // there is room again
  EXPECT_EQ(store.integrity_problem(), std::nullopt);
  for (int i = 0; i < *acknowledged; ++i) EXPECT_TRUE(store.run(fmt::format("u{}", i))) << i;
  EXPECT_LE(store.runs().size(), static_cast<size_t>(*acknowledged) + 1);
  store.register_run(run_json("after"), folder / "after");
  ::munmap(acknowledged, sizeof(int));
}

TEST_F(StoreTest, AReadOnlyStoreAnswersAndRefusesChanges) {
  { Store::open(file).register_run(run_json("u1"), folder / "r"); }
  auto store = Store::open(file, Mode::read_only);
  for (const auto& change : std::vector<std::function<void()>>{
           [&] { add_tag(store, "u1", "x"); }, [&] { store.set_state("u1", RunState::failed, ""); },
           [&] { store.register_experiment({.name = "e"}); }}) {
    try {
      change();
      ADD_FAILURE();
    } catch (const StoreError& error) {
      EXPECT_NE(std::string(error.what()).find("read-only"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(store.runs().size(), 1u);
}

}  // namespace
}  // namespace rlreason::store
