// Sums over the ranks of a run.  With one rank (`local`) every operation is the identity.
//
// Every count, group fact and decision that must be global goes through here from the start, so that running on many ranks
// changes nothing but the implementation.  Calls are collective: every rank makes the same calls in the same order.
// Thread safety: one thread per communicator.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>

namespace rlreason::engine {

class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual void all_reduce_sum(at::Tensor tensor) = 0;              // in place; gradients
  virtual void all_reduce_sum(std::span<double> host_values) = 0;  // in place; counts and facts
  virtual void barrier() = 0;
};

std::unique_ptr<Communicator> local_communicator();

}  // namespace rlreason::engine
