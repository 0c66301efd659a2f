// exact: the whole response, without white space at both ends, is the gold string, byte for byte.
#include "datasets/verifiers/register.h"

namespace rlreason::data {
namespace {

Verdict exact(const Question& question, std::string_view response) {
  const std::string wanted{trimmed(question.gold)};
  if (wanted.empty()) return unscored("exact", "the gold answer is empty");
  return compared("exact", wanted, std::string(trimmed(response)));
}

const RegisterVerifier kEntry{{.name = "exact",
                               .version = "1",
                               .summary = "the trimmed response equals the gold string",
                               .verify = exact}};

}  // namespace
}  // namespace rlreason::data
