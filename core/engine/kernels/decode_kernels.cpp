// Dispatch of the decode step's kernels (decode_attention.h, decode_draw.h) to the active instruction set's copy.
#include "core/engine/kernels/decode_attention.h"
#include "core/engine/kernels/decode_draw.h"
#include "core/engine/kernels/isa.h"

namespace rlreason::engine {

#define RLR_DECLARE(isa)                                                                         \
  namespace isa {                                                                                \
  int64_t decode_attention_scratch(int64_t positions);                                           \
  void decode_attention(const DecodeAttentionShape& shape, int64_t rows,                         \
                        const DecodeSequence* sequences, int64_t layer_offset, const float* qkv, \
                        float* out, float* scratch);                                             \
  void append_key_value(const DecodeAttentionShape& shape, const float* qkv_row,                 \
                        float* page_layer, int64_t position);                                    \
  DrawnToken draw_token(const float* logits, int64_t vocab, double temperature, double u,        \
                        float* scratch);                                                         \
  }
RLR_DECLARE(baseline)
RLR_DECLARE(avx2)
RLR_DECLARE(avx512)

namespace {

struct DecodeKernels {
  decltype(&baseline::decode_attention_scratch) scratch;
  decltype(&baseline::decode_attention) attention;
  decltype(&baseline::append_key_value) append;
  decltype(&baseline::draw_token) draw;
};

const DecodeKernels& active() {
  static constexpr DecodeKernels kBaseline{baseline::decode_attention_scratch,
                                           baseline::decode_attention, baseline::append_key_value,
                                           baseline::draw_token};
  static constexpr DecodeKernels kAvx2{avx2::decode_attention_scratch, avx2::decode_attention,
                                       avx2::append_key_value, avx2::draw_token};
  static constexpr DecodeKernels kAvx512{avx512::decode_attention_scratch, avx512::decode_attention,
                                         avx512::append_key_value, avx512::draw_token};
  const Isa isa = active_isa();
  return isa == Isa::avx512 ? kAvx512 : isa == Isa::avx2 ? kAvx2 : kBaseline;
}

}  // namespace

int64_t decode_attention_scratch(int64_t positions) { return active().scratch(positions); }

void decode_attention(const DecodeAttentionShape& shape, int64_t rows,
                      const DecodeSequence* sequences, int64_t layer_offset, const float* qkv,
                      float* out, float* scratch) {
  active().attention(shape, rows, sequences, layer_offset, qkv, out, scratch);
}

void append_key_value(const DecodeAttentionShape& shape, const float* qkv_row, float* page_layer,
                      int64_t position) {
  active().append(shape, qkv_row, page_layer, position);
}

DrawnToken draw_token(const float* logits, int64_t vocab, double temperature, double u,
                      float* scratch) {
  return active().draw(logits, vocab, temperature, u, scratch);
}

}  // namespace rlreason::engine
