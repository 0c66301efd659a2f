#include "datasets/parquet/limits.h"

#include <sys/resource.h>

#include <cerrno>

#include "core/process/io.h"

namespace rlreason::data {
namespace {

void impose(int resource, uint64_t most) {
  const rlimit limit{most, most};
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0)
    process::fail_disk("rlreason-parquet", "to limit itself", errno);
}

}  // namespace

void impose(const ParquetLimits& limits) {
#if !defined(__SANITIZE_ADDRESS__)  // its shadow alone is larger than the limit
  impose(RLIMIT_AS, limits.address_bytes);
#endif
  impose(RLIMIT_CPU, limits.cpu_s);
  impose(RLIMIT_CORE, 0);
}

}  // namespace rlreason::data
