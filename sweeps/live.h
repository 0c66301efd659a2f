// The live line of one run: iteration, reward, solve rate on and off policy, entropy, length, tokens/s, time left; of an
// evaluation: samples done, accuracy so far, time left.
//
// Not the pool's progress (pool/progress.h), which counts runs.
#pragma once

#include <memory>
#include <string>

#include "core/terminal/progress.h"
#include "sweeps/launch.h"

namespace rlreason::sweep {

class LiveLine {
 public:
  explicit LiveLine(bool show) : show_(show) {}
  void show(const train::RunSpec& spec, const LiveStep& step);
  void finish();

 private:
  void begin(const train::RunSpec& spec, uint64_t start, uint64_t total);
  bool show_;
  std::string directory_;  // of the run on the line
  std::unique_ptr<terminal::Progress> progress_;
};

// "reward 0.42 solved 0.40 on 1.00 off entropy 0.31 length 17.2 8.1k tok/s"
std::string describe_step(const LiveStep& step);
// "ledger_hard 512/4096  0.431 right", from a heartbeat
std::string describe_evaluation(const nlohmann::json& beat);

}  // namespace rlreason::sweep
