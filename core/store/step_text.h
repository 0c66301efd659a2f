// The payload of a step record read straight from its text, in the form our own writer gives it.
//
// {"iteration":12,"values":{"a":0.5,"b":"nan"}}: keys in this order, names ascending and of printable ASCII without
// escapes, no spaces.  Anything else is not read here: the caller parses it as JSON, which says the same or refuses it.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason::store {

struct StepText {
  int64_t iteration = 0;
  std::vector<std::string_view> names;  // into the text
  std::vector<double> values;
  bool as_expected = false;  // the names are `expected`
};

// The names in the form that this file reads: printable ASCII without quotes and backslashes, ascending.
bool are_plain_names(std::span<const std::string> names);

// False: parse it as JSON.  `expected`: the names of the step before, most likely those of this one, which then need only
// be compared.  REQUIRES: are_plain_names(expected).
bool scan_step(std::string_view text, StepText& step, std::span<const std::string> expected = {});

}  // namespace rlreason::store
