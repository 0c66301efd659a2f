// What the Parquet program allows itself before it opens a file that nobody vouches for.
//
// Thread safety: called once, before threads.
#pragma once

#include <cstdint>

namespace rlreason::data {

struct ParquetLimits {
  uint64_t address_bytes = uint64_t{2} << 30;
  uint64_t cpu_s = 60;
  int64_t output_bytes = int64_t{8} << 30;
  int64_t rows = 100'000'000;
};

// Address space, processor time and no core file; DiskError when the system refuses.
void impose(const ParquetLimits& limits);

}  // namespace rlreason::data
