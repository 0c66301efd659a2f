// The rows that everything trains and evaluates on.
//
// A prompt knows its gold answer and which verifier judges it; demonstrations are responses somebody else wrote.
// Not here: tokens of responses (trainers/trajectory.h), file formats (datasets/readers).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/verifiers/options.h"

namespace rlreason::data {

enum class Outcome : uint8_t { right, wrong, unscored };

std::string_view to_string(Outcome outcome);

// Three-valued: unscored is never a reward and always has a reason.
struct Verdict {
  Outcome outcome = Outcome::unscored;
  std::string rule{};    // which rule decided, e.g. "number", "exact", "no_answer"
  std::string reason{};  // for unscored and wrong
  std::string answer{};  // canonical form of the extracted answer: the class for maj@k, empty when none
  int64_t fuel = 0;    // steps used

  bool right() const { return outcome == Outcome::right; }
};

struct Demonstration {
  std::string text{};     // the response as written, without the end token
  std::string teacher{};  // who wrote it
  std::string style{};    // e.g. terse, verbose
  std::vector<float> token_probabilities{};  // behavior probabilities per token, when known
  Verdict verdict{};
};

struct Prompt {
  std::string id;    // unique within a dataset, stable
  std::string text;  // rendered prompt, as the tokenizer gets it
  std::string gold;
  std::string verifier;  // name in datasets/verifiers
  AnswerOptions options{};
  std::vector<Demonstration> demonstrations;
  std::vector<std::string> hints;
  std::string plan;
  std::vector<std::string> choices;
  std::string category, split;
  std::optional<double> difficulty{};  // as the source states it: larger is harder
  std::string key;  // what problem it is, whatever its words; empty: the text says it
};

void to_json(nlohmann::json& json, const Verdict& verdict);
void to_json(nlohmann::json& json, const Demonstration& demonstration);
void to_json(nlohmann::json& json, const Prompt& prompt);
// Strict; DataError with `where` ("file:line") for a missing or ill-typed field.
Prompt prompt_from_json(const nlohmann::json& json, const std::string& where);

}  // namespace rlreason::data
