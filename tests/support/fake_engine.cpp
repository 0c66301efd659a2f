// A stand-in for rlreason-engine that keeps its contract and does no work: run directory in, run log and result.json out.
//
// The run's configuration says what happens, under "fake":
//   steps, step_ms    how long it takes; a counter file is its checkpoint, and the log must never repeat a step of it
//   fail              ends with this sentence and exit code `code`
//   die_at            raises SIGKILL at this step of the first attempt
//   suites            evaluate: {suite: share of right samples}; items 8, samples 4
//   suites_at         train: {iteration: suites} evaluated while training
//   stopped           train: what result.json says of a rule that ended it early
//   digest            evaluate: digest of the protocol
//   probes            evaluate: {name: number} of every suite
// A configuration without it is a resolved one: update.iterations steps (at most 40) whose reward is the nearer to one the nearer update.lr
// is to 1e-3 (a rate above 0.1 fails at the third step), and half of each suite's samples right.  --pause-at is kept.
// It refuses to start before its producers have ended well.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "core/error.h"
#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/process/self.h"
#include "core/process/signals.h"
#include "core/runlog/writer.h"

namespace rlreason {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

class FakeEngine {
 public:
  FakeEngine(fs::path directory, bool resume, int64_t pause_at)
      : directory_(std::move(directory)),
        resume_(resume),
        pause_at_(pause_at),
        lock_(directory_, std::chrono::seconds(1)),
        run_(json::parse(process::read_file(directory_ / "run.json"))),
        fake_(run_["config"].value("fake", json::object())) {
    const json update = run_["config"].value("update", json::object());
    if (update.contains("iterations") && update.contains("lr")) {
      fake_["steps"] = std::min<int64_t>(40, update["iterations"]);
      fake_["lr"] = update["lr"];
      fake_["step_ms"] = 1;
    }
    for (const json& suite : run_["config"].value("suites", json::array()))
      fake_["suites"][suite["name"].get<std::string>()] = 0.5;
  }

  int run() {
    check_producers();
    done_ = resume_ && fs::exists(directory_ / "counter")
                ? std::stoll(process::read_file(directory_ / "counter"))
                : 0;
    const std::string attempt = runlog::next_attempt_uid(directory_);
    const bool first = attempt.starts_with("0001");
    runlog::Writer log(directory_, attempt,
                       {{"run_uid", run_["uid"]},
                        {"attempt", attempt},
                        {"kind", run_["kind"]},
                        {"pid", getpid()},
                        {"host", "here"},
                        {"start_iteration", done_},
                        {"started_ms", process::now_ms()}});
    const int64_t steps = fake_.value("steps", 2);
    while (done_ < steps && (pause_at_ == 0 || done_ < pause_at_)) {
      if (process::stop_requested()) return end(log, ExitCode::preempted, "preempted", "stopped");
      if (first && fake_.value("die_at", -1) == done_) std::raise(SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(fake_.value("step_ms", 0)));
      ++done_;
      if (done_ == 3 && fake_.value("lr", 0.0) > 0.1)
        return end(log, ExitCode::numeric, "failed", "loss: required a finite number, nan came");
      log.append(runlog::Kind::step,
                 {{"iteration", done_},
                  {"values", {{"rollout/reward", reward()}, {"train/tokens", 100 * done_}}}});
      const json at = fake_.value("suites_at", json::object());
      if (const auto found = at.find(std::to_string(done_)); found != at.end())
        evaluate(log, *found, done_);
      process::write_file_atomic(directory_ / "counter", std::to_string(done_));
    }
    if (done_ < steps) return end(log, ExitCode::preempted, "paused", "paused");
    if (fake_.contains("fail")) {
      std::fprintf(stderr, "rlreason-engine: %s\n", fake_["fail"].get<std::string>().c_str());
      return end(log, static_cast<ExitCode>(fake_.value("code", 3)), "failed", fake_["fail"]);
    }
    if (run_["kind"] == "evaluate") evaluate(log, fake_.value("suites", json::object()), 0);
    return end(log, ExitCode::ok, "done", "");
  }

 private:
  double reward() const {
    const auto n = static_cast<double>(done_);
    if (!fake_.contains("lr")) return 0.1 * n;
    const double distance = std::log(fake_["lr"].get<double>() / 1e-3);
    return n / (n + 1) / (1 + distance * distance);
  }

  void check_producers() const {
    for (const json& producer : run_["producers"]) {
      const fs::path made = directory_.parent_path() / producer["path"].get<std::string>();
      const json result = json::parse(process::read_file(made / "result.json"));
      const json other = json::parse(process::read_file(made / "run.json"));
      if (result["state"] != "done" || other["identity"] != producer["identity"])
        throw DataError("{}: required a finished producer", made.string());
    }
  }

  void evaluate(runlog::Writer& log, const json& suites, int64_t iteration) const {
    for (const auto& [suite, share] : suites.items()) {
      json items = json::array();
      for (int item = 0; item < 8; ++item) {
        json samples = json::array();
        for (int sample = 0; sample < 4; ++sample) {
          const bool right = (item * 4 + sample * 9 + 5) % 32 < share.get<double>() * 32;
          samples.push_back({{"sample", sample},
                             {"outcome", right ? "right" : "wrong"},
                             {"rule", "exact"},
                             {"answer", "1"},
                             {"length", 3},
                             {"finish", "eos"},
                             {"flags", {{"careful", right}}}});
        }
        items.push_back({{"id", std::to_string(item)}, {"samples", samples}});
      }
      log.append(runlog::Kind::eval, {{"suite", suite},
                                      {"iteration", iteration},
                                      {"protocol", {{"digest", fake_.value("digest", "p1")}}},
                                      {"dataset_digest", "d1"},
                                      {"checkpoint", "c"},
                                      {"items", items},
                                      {"probes", fake_.value("probes", json::object())},
                                      {"texts", ""}});
    }
  }

  int end(runlog::Writer& log, ExitCode code, const char* state, const std::string& reason) const {
    log.close({{"exit_code", static_cast<int>(code)}, {"reason", reason}, {"iteration", done_}});
    json result = {{"exit_code", static_cast<int>(code)},
                   {"state", state},
                   {"iteration", done_},
                   {"reason", reason}};
    if (fake_.contains("stopped")) result["stopped"] = fake_["stopped"];
    process::write_file_atomic(directory_ / "result.json", result.dump());
    return static_cast<int>(code);
  }

  fs::path directory_;
  bool resume_;
  int64_t pause_at_;
  process::DirectoryLock lock_;
  json run_, fake_;
  int64_t done_ = 0;
};

}  // namespace
}  // namespace rlreason

int main(int argc, char** argv) {
  rlreason::process::install_stop_signals();
  std::string directory;
  bool resume = false;
  int64_t pause_at = 0;
  for (int i = 2; i < argc; ++i) {
    if (std::string(argv[i]) == "--resume") resume = true;
    if (std::string(argv[i]) == "--run-dir" && i + 1 < argc) directory = argv[++i];
    if (std::string(argv[i]) == "--pause-at" && i + 1 < argc) pause_at = std::stoll(argv[++i]);
  }
  try {
    return rlreason::FakeEngine(directory, resume, pause_at).run();
  } catch (const rlreason::Error& error) {
    std::fprintf(stderr, "rlreason-engine: %s\n", error.what());
    return static_cast<int>(error.code());
  }
}
