// number: the number after the last "####", or else the last number of the response, equals the gold as an exact decimal.
//
// Commas, "$", "%" and a full stop are read away (datasets/verifiers/decimal.h).  Units after the number are ignored; a
// fraction, power or exponent is no plain number and is wrong.  A gold that is not one number is unscored.
#include "datasets/verifiers/decimal.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data {
namespace {

constexpr std::string_view kMark = "####";
constexpr size_t kMostBytes = 1 << 22, kMostDigits = 1024;

Verdict no_answer(std::string reason) {
  return {.outcome = Outcome::wrong, .rule = "no_answer", .reason = std::move(reason)};
}

Verdict judge(std::string_view gold, std::string_view response) {
  const auto wanted = only_decimal(trimmed(gold));
  if (!wanted) return unscored("number", "the gold answer is not one number");
  if (response.size() > kMostBytes) return no_answer("the response is too long to be read");
  const size_t mark = response.rfind(kMark);
  std::optional<Decimal> found;
  if (mark != std::string_view::npos) {
    const std::string_view line = response.substr(mark + kMark.size());
    found = next_decimal(line.substr(0, line.find('\n')), 0);
  } else {
    found = last_decimal(response);
  }
  if (!found)
    return no_answer(mark != std::string_view::npos ? "no number after the last ####"
                                                    : "no number in the response");
  if (!found->plain || found->canonical.size() > kMostDigits)
    return no_answer("the answer is not a plain number");
  return compared(mark != std::string_view::npos ? "number" : "last_number", *wanted,
                  std::move(found->canonical));
}

Verdict number(const Question& question, std::string_view response) {
  Verdict verdict = judge(question.gold, response);
  verdict.fuel = static_cast<int64_t>(response.size());
  return verdict;
}

const RegisterVerifier kEntry{
    {.name = "number",
     .version = "1",
     .summary = "the number after the last ####, or the last number, equals the gold exactly",
     .verify = number,
     .mark = "#### "}};

}  // namespace
}  // namespace rlreason::data
