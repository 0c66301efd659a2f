// The memory of the KV cache: equal pages of kPagePositions positions for all layers, handed out and taken back.
//
// Memory grows by chunks as pages are first used and is reused, last freed first.  Whether a sequence may start is decided by
// reservation: a started sequence has its longest case reserved, so that it never waits for memory half-way.
// Not here: what a page holds inside (core/engine/kernels/decode_attention.h).
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace rlreason::engine {

class KvPages {
 public:
  // `limit_bytes` bounds the pages reserved together.
  KvPages(int64_t page_elements, int64_t limit_bytes);

  static int64_t pages_for(int64_t positions);

  // False: not now.  `always` goes beyond the limit: a sequence that is alone must be able to run.
  bool reserve(int64_t pages, bool always);
  void release(int64_t pages);  // gives a reservation back

  float* take();  // REQUIRES: within the reservations
  void give(float* page);
  int64_t reserved() const { return reserved_; }
  int64_t allocated_bytes() const;

 private:
  struct Free {
    void operator()(float* pointer) const { std::free(pointer); }
  };
  void grow();

  int64_t page_elements_, limit_pages_, chunk_pages_, reserved_ = 0;
  std::vector<std::unique_ptr<float[], Free>> chunks_;
  std::vector<float*> free_;
};

}  // namespace rlreason::engine
