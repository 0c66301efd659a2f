// Judging a response against a gold answer: pure functions, no clock, no global state.
//
// Model output is untrusted: verify() never throws on it, it returns a verdict.  A gold that does not parse is unscored.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "datasets/prompt.h"

namespace rlreason::data {

using VerifierFunction = Verdict (*)(std::string_view gold, std::string_view response);

struct VerifierInfo {
  std::string name, version, summary;  // name@version is part of an evaluation protocol's identity
  VerifierFunction verify;
  std::string mark = "";  // `mark + gold` is a reference response: it must be right
};

// UserError with the nearest name when unknown.
const VerifierInfo& find_verifier(std::string_view name);
std::vector<VerifierInfo> all_verifiers();
Verdict verify(std::string_view verifier, std::string_view gold, std::string_view response);
Verdict verify_gold(std::string_view verifier, std::string_view gold);  // the reference response against its own gold

}  // namespace rlreason::data
