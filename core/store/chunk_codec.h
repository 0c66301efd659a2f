// A piece of one curve as bytes: iterations and values, exactly as they came (NaN, infinities, -0 included).
//
// Layout before compression: n differences of iterations (the first from 0) as i64, then n values as f64, little-endian.
// Codec 0: as it is.  Codec 1: bytes of equal significance side by side (shuffle), then zlib.  Codec 2: the first iteration
// and the one difference of all others as i64, then the values: for noise, which does not compress.  Which of them: by a
// sample.  Little-endian hosts only.
// Errors: StoreError when bytes do not hold what the row says.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason::store {

struct Column {
  std::vector<int64_t> iterations;
  std::vector<double> values;
};

struct EncodedColumn {
  int64_t codec = 0;
  std::string bytes;
};

EncodedColumn encode_column(std::span<const int64_t> iterations, std::span<const double> values);
Column decode_column(int64_t codec, size_t n, std::string_view bytes);

}  // namespace rlreason::store
