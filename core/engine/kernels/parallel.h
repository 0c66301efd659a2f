// Static division of work over LibTorch's intra-op threads, and scratch memory for one thread.
//
// Pieces go to threads by index alone, never by timing.  Inside another parallel region everything runs on the caller.
#pragma once

#include <ATen/Parallel.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "core/error.h"

namespace rlreason::engine {

// Calls f(begin, end) on disjoint pieces covering [0, count); pieces begin at multiples of `unit` and hold at least `grain`.
template <class F>
void parallel_pieces(int64_t count, int64_t unit, int64_t grain, const F& f) {
  if (count <= 0) return;
  const int64_t most = (count + grain - 1) / grain;
  const int64_t threads =
      at::in_parallel_region() ? 1 : std::min<int64_t>(at::get_num_threads(), most);
  if (threads <= 1) return f(int64_t{0}, count);
  const int64_t units = (count + unit - 1) / unit;
  at::parallel_for(0, threads, 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t begin = units * i / threads * unit,
                    end = std::min(count, units * (i + 1) / threads * unit);
      if (begin < end) f(begin, end);
    }
  });
}

// Calls f(i) for every i in [0, count), consecutive ones on one thread.
template <class F>
void parallel_tasks(int64_t count, const F& f) {
  parallel_pieces(count, 1, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(i);
  });
}

struct AlignedFree {
  void operator()(void* pointer) const { std::free(pointer); }
};

// 64-byte aligned memory that grows and is kept; contents are not initialised and are lost when it grows.
template <class T>
class Scratch {
 public:
  T* at_least(int64_t elements) {
    if (elements > size_) {
      const auto wanted = static_cast<size_t>(elements) * sizeof(T);
      const size_t alignment = wanted >= 2 * kHugePage ? kHugePage : 64;
      const size_t bytes = (wanted + alignment - 1) / alignment * alignment;
      memory_.reset();
      memory_.reset(static_cast<T*>(std::aligned_alloc(alignment, bytes)));
      RLR_ENSURE(memory_ != nullptr, "{} bytes of scratch memory", bytes);
      if (alignment == kHugePage)
        madvise(memory_.get(), bytes, MADV_HUGEPAGE);  // a hint: failing costs only time
      size_ = elements;
    }
    return memory_.get();
  }
  T* data() const { return memory_.get(); }

 private:
  static constexpr size_t kHugePage = size_t{1} << 21;

  std::unique_ptr<T[], AlignedFree> memory_;
  int64_t size_ = 0;
};

// One per purpose and thread: `Tag` keeps purposes that are alive together apart.
template <class T, class Tag>
T* thread_scratch(int64_t elements) {
  thread_local Scratch<T> scratch;
  return scratch.at_least(elements);
}

}  // namespace rlreason::engine
