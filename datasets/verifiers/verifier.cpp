#include "datasets/verifiers/verifier.h"

#include "datasets/verifiers/register.h"

namespace rlreason::data {

Registry<VerifierInfo>& verifier_registry() {
  static Registry<VerifierInfo> registry("verifier");
  return registry;
}

const VerifierInfo& find_verifier(std::string_view name) { return verifier_registry().at(name); }

std::vector<VerifierInfo> all_verifiers() {
  std::vector<VerifierInfo> all;
  for (const std::string& name : verifier_registry().names())
    all.push_back(verifier_registry().at(name));
  return all;
}

Verdict verify(std::string_view verifier, std::string_view gold, std::string_view response) {
  return find_verifier(verifier).verify(gold, response);
}

Verdict verify_gold(std::string_view verifier, std::string_view gold) {
  const VerifierInfo& info = find_verifier(verifier);
  return info.verify(gold, info.mark + std::string(gold));
}

}  // namespace rlreason::data
