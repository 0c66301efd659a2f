// How a verifier joins: one file with a pure function and `const RegisterVerifier kEntry{...}`.
#pragma once

#include "core/registry.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {

Registry<VerifierInfo>& verifier_registry();

struct RegisterVerifier {
  explicit RegisterVerifier(VerifierInfo info) {
    const std::string name = info.name;
    verifier_registry().add(name, std::move(info));
  }
};

// Without ASCII white space at both ends.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

inline Verdict unscored(std::string rule, std::string reason) {
  return {.outcome = Outcome::unscored, .rule = std::move(rule), .reason = std::move(reason)};
}
// Compares a canonical answer with the canonical gold.
inline Verdict compared(std::string rule, const std::string& gold, std::string answer) {
  Verdict verdict{.outcome = answer == gold ? Outcome::right : Outcome::wrong, .rule = std::move(rule), .answer = std::move(answer)};
  if (!verdict.right()) verdict.reason = "differs from the gold answer";
  return verdict;
}

}  // namespace rlreason::data
