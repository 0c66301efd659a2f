// JSON from files that nobody vouches for: bounded size and depth, strict UTF-8, one sentence on failure.
//
// Not for our own run log and store, which frame and check their records.  A deep value would overflow the stack when it is
// printed, so depth is refused while parsing.
// Thread safety: pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace rlreason {

struct JsonLimits {
  size_t bytes = size_t{64} << 20;
  int depth = 64;
};

// DataError "where: ..." for malformed, invalid UTF-8, too long or too deep.
nlohmann::json parse_untrusted_json(std::string_view text, const std::string& where, JsonLimits limits = {});

}  // namespace rlreason
