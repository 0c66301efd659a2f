// Activation buffers that passes hand back, so that a training step allocates nothing.
//
// A lease takes the pool's buffers, or new ones where none is free, and gives them back when it ends.
// Thread safety: the pool's; a lease belongs to one pass.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/engine/model/decoder.h"

namespace rlreason::engine {

template <class T>
class ActivationPool {
 public:
  std::unique_ptr<Activations<T>> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<Activations<T>>();
    auto activations = std::move(free_.back());
    free_.pop_back();
    return activations;
  }
  void give(std::unique_ptr<Activations<T>> activations) {
    const std::lock_guard lock(mutex_);
    if (free_.size() < kKept) free_.push_back(std::move(activations));
  }

 private:
  static constexpr size_t kKept = 1;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Activations<T>>> free_;
};

template <class T>
class Lease {
 public:
  explicit Lease(std::shared_ptr<ActivationPool<T>> pool)
      : pool_(std::move(pool)), activations_(pool_->take()) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { pool_->give(std::move(activations_)); }
  Activations<T>& operator*() { return *activations_; }
  Activations<T>* operator->() { return activations_.get(); }

 private:
  std::shared_ptr<ActivationPool<T>> pool_;
  std::unique_ptr<Activations<T>> activations_;
};

}  // namespace rlreason::engine
