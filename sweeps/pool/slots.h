// What runs may take at a time: a number of slots, and devices packed by share and memory.
//
// Devices are those of CUDA_VISIBLE_DEVICES (numbers, GPU-... and MIG-... names; what follows an ill-formed entry is not
// visible, as CUDA has it), or of nvidia-smi where that is not set; memory comes from nvidia-smi when it is asked for.  A
// run that takes part of a device shares it until shares add up to one or its memory is used.
// Errors: UserError when a run wants what no free machine could give.  Thread safety: one user.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sweeps/plan.h"

namespace rlreason::sweep {

struct Device {
  std::string name;       // as CUDA_VISIBLE_DEVICES takes it
  double memory_gib = 0;  // 0: not known
};

std::vector<std::string> parse_devices(const std::string& text);  // of CUDA_VISIBLE_DEVICES
std::vector<Device> visible_devices(bool with_memory);

struct Grant {
  std::vector<size_t> devices;
  double share = 0, memory_gib = 0;  // of each
  std::vector<std::pair<std::string, std::string>> environment;
};

class Slots {
 public:
  Slots(int64_t runs, std::vector<Device> devices);
  void require(const PlanResources& wanted) const;  // UserError when it could never be granted
  // Nothing when there is no room now.  The fullest device that has room is taken, so that whole devices stay free.
  std::optional<Grant> take(const PlanResources& wanted);
  void give_back(const Grant& grant);

 private:
  struct Used {
    double share = 0, memory_gib = 0;
  };
  bool fits(size_t device, double share, double memory_gib) const;

  int64_t free_;
  std::vector<Device> devices_;
  std::vector<Used> used_;
};

}  // namespace rlreason::sweep
