#include "core/engine/generation/kv_pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "core/engine/kernels/decode_attention.h"
#include "core/error.h"

namespace rlreason::engine {
namespace {

constexpr int64_t kHugePage = int64_t{2} << 20;
constexpr int64_t kChunkBytes = 4 * kHugePage;

int64_t bytes_of(int64_t elements) { return elements * static_cast<int64_t>(sizeof(float)); }

}  // namespace

KvPages::KvPages(int64_t page_elements, int64_t limit_bytes)
    : page_elements_(page_elements),
      limit_pages_(limit_bytes / bytes_of(page_elements)),
      chunk_pages_(std::max<int64_t>(1, kChunkBytes / bytes_of(page_elements))) {}

int64_t KvPages::pages_for(int64_t positions) {
  return (positions + kPagePositions - 1) / kPagePositions;
}

bool KvPages::reserve(int64_t pages, bool always) {
  if (!always && reserved_ + pages > limit_pages_) return false;
  reserved_ += pages;
  return true;
}

void KvPages::release(int64_t pages) {
  RLR_ENSURE(pages <= reserved_, "{} pages of {}", pages, reserved_);
  reserved_ -= pages;
}

float* KvPages::take() {
  if (free_.empty()) grow();
  float* page = free_.back();
  free_.pop_back();
  return page;
}

void KvPages::give(float* page) { free_.push_back(page); }

int64_t KvPages::allocated_bytes() const {
  return static_cast<int64_t>(chunks_.size()) * chunk_pages_ * bytes_of(page_elements_);
}

void KvPages::grow() {
  const int64_t bytes =
      (chunk_pages_ * bytes_of(page_elements_) + kHugePage - 1) / kHugePage * kHugePage;
  void* memory = std::aligned_alloc(static_cast<size_t>(kHugePage), static_cast<size_t>(bytes));
  if (memory == nullptr) throw std::bad_alloc();
  madvise(memory, static_cast<size_t>(bytes), MADV_HUGEPAGE);  // only speed depends on it
  auto& chunk = chunks_.emplace_back(static_cast<float*>(memory));
  for (int64_t i = chunk_pages_; i-- > 0;) free_.push_back(chunk.get() + i * page_elements_);
}

}  // namespace rlreason::engine
