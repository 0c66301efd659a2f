// Rotary position embedding, the half-rotation form of Hugging Face Llama and Qwen.
//
//   for i < hd/2:  x'[i] = x[i] c - x[i+hd/2] s,  x'[i+hd/2] = x[i+hd/2] c + x[i] s,   c, s = cos, sin(position theta^(-2i/hd))
// Source: arXiv:2104.09864; the pairing (i, i + hd/2) is Hugging Face's rotate_half.  In place on `heads` adjacent heads of each
// row; rows are `stride` apart (a fused qkv row: q and k heads are adjacent, so one call turns both).
// The inverse rotation is the backward pass.
#pragma once

#include <cstdint>
#include <vector>

namespace rlreason::engine {

// cos and sin for positions [0, max_positions), computed in double.
template <class T>
class RopeTable {
 public:
  RopeTable(int64_t max_positions, int64_t head_dim, double theta);
  int64_t max_positions() const { return max_positions_; }
  int64_t half() const { return half_; }
  const T* cosines() const { return cosines_.data(); }  // [max_positions, head_dim / 2]
  const T* sines() const { return sines_.data(); }

 private:
  int64_t max_positions_, half_;
  std::vector<T> cosines_, sines_;
};

struct RopeShape {
  int64_t rows = 0, heads = 0, stride = 0;
};

// REQUIRES: 0 <= positions[r] < table.max_positions().
template <class T>
void rope(const RopeShape& shape, const RopeTable<T>& table, const int32_t* positions, T* x,
          bool inverse = false);

}  // namespace rlreason::engine
