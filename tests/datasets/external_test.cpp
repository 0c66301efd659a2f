// A user's program as a verifier: one that works, and all the ways in which one may not.
#include "datasets/verifiers/external.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "core/error.h"

namespace rlreason::data {
namespace {

using testing::HasSubstr;

// One program, its behaviour chosen by the gold.
constexpr const char* kProgram = R"(
import json, os, sys, time
if "deaf" in sys.argv: time.sleep(60)
if "chatty" in sys.argv: print("ready", flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    gold, reply = ask["gold"], {"id": ask["id"], "verdict": "right" if ask["response"] == ask["gold"] else "wrong"}
    if gold == "slow": time.sleep(60)
    if gold == "die": sys.stderr.write("no licence\x1b[31m"); sys.exit(3)
    if gold == "flood": sys.stdout.write("x" * 10000000)
    if gold == "errors": sys.stderr.write("e" * 1000000)
    if gold == "lie": reply["id"] += 1
    if gold == "bytes": sys.stdout.buffer.write(b'{"id": 1, "verdict": "\xff\xfe"}\n'); sys.stdout.flush(); continue
    if gold == "word": reply["verdict"] = "correct"
    if gold == "text": print("I think so", flush=True); continue
    if gold == "twice": os.write(1, (json.dumps(reply) + "\n{}\n").encode()); continue
    if gold == "unsure": reply.update(verdict="unscored", reason="cannot tell")
    if gold == "rich": reply.update(rule="mine", answer=str(len(ask["choices"])) + str(ask["options"]["require_boxed"]))
    print(json.dumps(reply), flush=True)
)";

class External : public testing::Test {
 protected:
  void SetUp() override {
    if (access("/usr/bin/python3", X_OK) != 0) GTEST_SKIP() << "needs python3";
    path_ = testing::TempDir() + "judge" + std::to_string(getpid()) + ".py";
    std::ofstream(path_) << kProgram;
  }
  void TearDown() override { (void)unlink(path_.c_str()); }
  ExternalConfig config(std::vector<std::string> words = {}) const {
    ExternalConfig out;
    out.command = {"/usr/bin/python3", path_};
    out.command.insert(out.command.end(), words.begin(), words.end());
    return out;
  }
  std::string path_;
};

TEST_F(External, JudgesInThreeValues) {
  ExternalVerifier verifier("external:mine", config());
  EXPECT_TRUE(verifier.judge({.gold = "42"}, "42").right());
  EXPECT_EQ(verifier.judge({.gold = "42"}, "41").outcome, Outcome::wrong);
  const Verdict unsure = verifier.judge({.gold = "unsure"}, "41");
  EXPECT_EQ(unsure.outcome, Outcome::unscored);
  EXPECT_EQ(unsure.reason, "cannot tell");
  const std::vector<std::string> choices = {"A", "B"};
  const Verdict rich = verifier.judge({.gold = "rich", .choices = choices, .options = {.require_boxed = true}}, "\xFF\n\x01 \xE2\x88\x92");
  EXPECT_EQ(rich.rule, "mine");
  EXPECT_EQ(rich.answer, "2True");
  EXPECT_EQ(verifier.judge({.gold = "long"}, std::string(3'000'000, 'x')).outcome, Outcome::wrong);
  EXPECT_TRUE(verifier.judge({.gold = "errors"}, "errors").right());
  EXPECT_EQ(verifier.counts().starts, 1);
  EXPECT_EQ(verifier.counts().judged, 6);
}

TEST_F(External, EachFaultIsUnscoredAndTheNextRequestIsServed) {
  ExternalConfig settings = config();
  settings.deadline_s = 2;
  settings.restarts = 1;
  ExternalVerifier verifier("external:mine", settings);
  int64_t starts = 1;
  for (const auto& [gold, rule] : std::initializer_list<std::pair<const char*, const char*>>{{"slow", "external_timeout"}, {"die", "external_death"}, {"flood", "external_malformed"}, {"lie", "external_malformed"},
                                                                                            {"bytes", "external_malformed"}, {"word", "external_malformed"}, {"text", "external_malformed"}, {"twice", "external_malformed"}}) {
    const Verdict verdict = verifier.judge({.gold = gold}, gold);
    EXPECT_EQ(verdict.outcome, Outcome::unscored) << gold;
    EXPECT_EQ(verdict.rule, rule) << gold << " " << verdict.reason;
    EXPECT_THAT(verdict.reason, HasSubstr("external:mine: "));
    EXPECT_TRUE(verifier.judge({.gold = "42"}, "42").right()) << "after " << gold;
    EXPECT_EQ(verifier.counts().starts, ++starts) << gold;
  }
  EXPECT_EQ(verifier.counts().timeouts, 1);
  EXPECT_EQ(verifier.counts().deaths, 1);
  EXPECT_EQ(verifier.counts().malformed, 6);
}

TEST_F(External, AProgramThatNeverWorksIsAnErrorWithItsWords) {
  ExternalConfig settings = config();
  settings.restarts = 2;
  ExternalVerifier verifier("external:mine", settings);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(verifier.judge({.gold = "die"}, "").outcome, Outcome::unscored);
  try {
    (void)verifier.judge({.gold = "42"}, "42");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("3 times in a row"));
    EXPECT_THAT(error.what(), HasSubstr("code 3"));
    EXPECT_THAT(error.what(), HasSubstr("no licence"));
    EXPECT_EQ(std::string(error.what()).find('\x1b'), std::string::npos);
  }
}

TEST_F(External, DeafAndChattyProgramsAreCut) {
  ExternalConfig deaf = config({"deaf"});
  deaf.deadline_s = 0.3;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(ExternalVerifier("external:deaf", deaf).judge({.gold = "42"}, std::string(1 << 20, 'x')).rule, "external_timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(ExternalVerifier("external:chatty", config({"chatty"})).judge({.gold = "42"}, "42").rule, "external_malformed");
}

TEST_F(External, ManyThreadsShareAFewProcesses) {
  ExternalConfig settings = config();
  settings.processes = 3;
  ExternalVerifier verifier("external:mine", settings);
  std::atomic<int> mistakes{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string gold = std::to_string(t * 1000 + i);
        mistakes += !verifier.judge({.gold = gold}, gold).right();
        mistakes += verifier.judge({.gold = gold}, "x").outcome != Outcome::wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mistakes, 0);
  EXPECT_EQ(verifier.counts().judged, 800);
  EXPECT_LE(verifier.counts().starts, 3);
}

TEST_F(External, AreRegisteredFromAFileOnceAndKnownByTheirCommand) {
  const std::string file = path_ + ".yaml";
  std::ofstream(file) << "verifiers:\n  scratch_judge:\n    command: [/usr/bin/python3, " << path_ << "]\n    processes: 2\n";
  register_external_verifiers(file);
  EXPECT_TRUE(verify("external:scratch_judge", {.gold = "7"}, "7").right());
  EXPECT_THROW(register_external_verifiers(file), UserError);
  EXPECT_NE(ExternalVerifier("external:a", config()).version(), ExternalVerifier("external:a", config({"more"})).version());
  std::ofstream(file) << "verifiers:\n  other_judge: {comand: [a]}\n";
  EXPECT_THROW(register_external_verifiers(file), UserError);
  std::ofstream(file) << "verifiers:\n  other_judge: {processes: 2}\n";
  EXPECT_THROW(register_external_verifiers(file), UserError);
  ExternalConfig missing;
  missing.command = {"/no/such/program"};
  EXPECT_THROW((void)ExternalVerifier("external:missing", missing).judge({.gold = "7"}, "7"), UserError);
  (void)unlink(file.c_str());
}

}  // namespace
}  // namespace rlreason::data
