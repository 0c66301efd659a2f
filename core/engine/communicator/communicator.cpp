#include "core/engine/communicator/communicator.h"

namespace rlreason::engine {
namespace {

class LocalCommunicator : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void all_reduce_sum(at::Tensor) override {}
  void all_reduce_sum(std::span<double>) override {}
  void barrier() override {}
};

}  // namespace

std::unique_ptr<Communicator> local_communicator() { return std::make_unique<LocalCommunicator>(); }

}  // namespace rlreason::engine
