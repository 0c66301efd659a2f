// libFuzzer target of the default verifier: extraction, parser and comparison on "gold \n answer".
// Build: cmake -DRLR_FUZZ=ON with clang; run: bin/rlr_verifier_fuzz -max_len=65536 tests/fuzz/corpus/verifier
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/verifier_property.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const std::optional<std::string> broken = rlreason::data::broken_property(input)) {
    std::fprintf(stderr, "%s\n", broken->c_str());
    std::abort();
  }
  return 0;
}
