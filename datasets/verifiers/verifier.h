// Judging a response against a gold answer: the same verdict in every thread and on every machine.
//
// A built-in verifier is a pure function: no clock, no signal, no global state; steps are counted as fuel.  Model output is
// untrusted: verify() never throws on it, it returns a verdict.  A gold that does not parse is unscored.
// Not here: a user's own program as a verifier (external.h).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/prompt.h"
#include "datasets/verifiers/options.h"

namespace rlreason::data {

// What is asked, as far as judging needs it.  For tasks with many right answers `gold` describes the problem.
struct Question {
  std::string_view gold;
  std::span<const std::string> choices = {};
  AnswerOptions options = {};
};
Question question_of(const Prompt& prompt);  // views into the prompt

using VerifierFunction = std::function<Verdict(const Question& question, std::string_view response)>;
// A response that must be judged right; empty: the gold is not a problem of this verifier.
using ReferenceFunction = std::function<std::string(const Question& question)>;

struct VerifierInfo {
  std::string name, version, summary;  // name@version is part of an evaluation protocol's identity
  VerifierFunction verify;
  std::string mark = "";            // `mark + gold` is the reference response ...
  ReferenceFunction reference = {};  // ... unless this makes one
  std::string known_faults = "";    // what a reproduced grader is known to get wrong
};

// UserError with the nearest name when unknown.
const VerifierInfo& find_verifier(std::string_view name);
std::vector<VerifierInfo> all_verifiers();
Verdict verify(std::string_view verifier, const Question& question, std::string_view response);
Verdict verify(const Prompt& prompt, std::string_view response);
Verdict verify_gold(std::string_view verifier, const Question& question);  // the reference response against its own gold

}  // namespace rlreason::data
