// The decoder on a few rows at a time, reading and extending the paged KV cache: prefill and decode are the same step.
//
// Legend: M rows, D hidden width, V vocabulary.
// A row is one token of one sequence.  In every layer its key and value are written into its page before any row that comes
// after it attends, so rows of one prompt must stand in order.  Weights are packed once (and again after their version changed).
// One element's sum runs in the same order whatever M is, so bits do not depend on what else is in the step.
// Not here: which rows to run and which tokens to draw (generator.cpp).
// Thread safety: `run` and `logits` may be called at once with different workspaces and rows of different sequences.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/engine/kernels/decode_attention.h"
#include "core/engine/kernels/linear.h"
#include "core/engine/kernels/rope.h"
#include "core/engine/model/policy.h"
#include "core/engine/model/weights.h"

namespace rlreason::engine {

struct StepRow {
  int32_t token = 0, position = 0;
  DecodeSequence sequence;  // what the row attends to: ends with the row itself
  float* page = nullptr;    // where its key and value go
  int64_t page_position = 0;
  float* hidden =
      nullptr;  // [D] gets the final normed hidden vector; null when nothing is predicted from this row
};

// Buffers of one thread; they keep their size between steps.
struct StepWorkspace {
  std::vector<float> residual, normed, qkv, attended, gate_up, inner, scratch;
  std::vector<int32_t> positions;
  std::vector<DecodeSequence> sequences;
  std::vector<StepRow> predicting;

  void fit(const ModelConfig& config, int64_t rows, int64_t tile, int64_t longest);
};

class DecoderStep {
 public:
  explicit DecoderStep(const Policy& policy);
  void repack();  // when the arena's version changed since the last time
  int64_t page_elements() const;
  int64_t width() const { return config_.hidden_size; }
  int64_t vocab() const { return config_.vocab_size; }

  void run(std::span<const StepRow> rows, StepWorkspace& workspace) const;
  void logits(int64_t rows, const float* hidden, float* out) const;  // [rows, V]

 private:
  struct Layer {
    const float *input_norm, *post_norm, *q_norm, *k_norm, *qkv_bias;
    PackedWeight<float> qkv, output, gate_up, down;
  };
  void project(const Layer& layer, std::span<const StepRow> rows, const float* residual,
               StepWorkspace& w) const;
  void attend(const Layer& layer, int64_t offset, std::span<const StepRow> rows, float* residual,
              StepWorkspace& w) const;
  void feed_forward(const Layer& layer, int64_t rows, float* residual, StepWorkspace& w) const;
  void predict(const Layer& layer, int64_t offset, std::span<const StepRow> rows, float* residual,
               StepWorkspace& w) const;

  const Policy& policy_;
  ModelConfig config_;
  ModelWeights weights_;
  DecodeAttentionShape shape_;
  RopeTable<float> rope_;
  std::vector<Layer> layers_;
  PackedWeight<float> head_;
  uint64_t packed_version_ = 0;
};

}  // namespace rlreason::engine
