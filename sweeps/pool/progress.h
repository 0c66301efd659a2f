// What the local pool says on stderr: one live line of counts and running runs.
//
// Not the answer of a command (that goes to stdout).  Thread safety: used by the pool's thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "sweeps/pool/local.h"

namespace rlreason::terminal {
class Progress;
}

namespace rlreason::sweep {

class PoolLines {
 public:
  PoolLines(const train::Graph& graph, const PoolOptions& options);
  ~PoolLines();
  void started(size_t node);
  void step(size_t node, const LiveStep& step);
  void ended(size_t node);
  void show(const PoolReport& report);  // cheap; redraws at its own pace
  void finish(const PoolReport& report);

 private:
  std::string line(const PoolReport& report) const;

  const train::Graph& graph_;
  std::unique_ptr<terminal::Progress> progress_;
  std::map<size_t, LiveStep> live_;
};

}  // namespace rlreason::sweep
