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

Question question_of(const Prompt& prompt) {
  return {.gold = prompt.gold, .choices = prompt.choices, .options = prompt.options};
}

Verdict verify(std::string_view verifier, const Question& question, std::string_view response) {
  return find_verifier(verifier).verify(question, response);
}

Verdict verify(const Prompt& prompt, std::string_view response) {
  return verify(prompt.verifier, question_of(prompt), response);
}

Verdict verify_gold(std::string_view verifier, const Question& question) {
  const VerifierInfo& info = find_verifier(verifier);
  return info.verify(question, info.reference ? info.reference(question)
                                              : info.mark + std::string(question.gold));
}

}  // namespace rlreason::data
