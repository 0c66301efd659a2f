// rlreason verify GOLD ANSWER | --cases FILE: what a verifier says, by which rule, and how it read both sides.
#include <fmt/core.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/error.h"
#include "core/terminal/text.h"
#include "datasets/verifiers/cases.h"
#include "datasets/verifiers/math/judge.h"

namespace rlreason::cli {
namespace {

struct Options {
  std::string gold, answer, cases, profile = "math";
  std::vector<std::string> choices;
  bool response = false, both = false;
};

std::string shown(const std::string& text) {
  return terminal::clean(text.empty() ? "(none)" : text);
}

void verify_cases(const Options& options) {
  const data::VerifierInfo& verifier = data::find_verifier(options.profile);
  const data::CaseSummary summary =
      data::judge_cases(options.cases, verifier, [](const data::JudgedCase& judged) {
        const nlohmann::json line = {{"id", judged.labelled.id},
                                     {"verdict", data::to_string(judged.verdict.outcome)},
                                     {"accept", judged.verdict.right()},
                                     {"rule", judged.verdict.rule},
                                     {"reason", judged.verdict.reason},
                                     {"answer", judged.verdict.answer},
                                     {"fuel", judged.verdict.fuel},
                                     {"micros", judged.micros}};
        fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      });
  fmt::print("{}\n", nlohmann::json({{"summary", summary}}).dump());
}

void verify_one(const Options& options, const Globals& globals) {
  const data::Question question{.gold = options.gold, .choices = options.choices, .options = {}};
  const data::VerifierInfo& verifier = data::find_verifier(options.profile);
  const auto start = std::chrono::steady_clock::now();
  data::math::Judgement found;
  if (verifier.name == "math")
    found = options.response ? data::math::judge_response(question, options.answer)
                             : data::math::judge_answer(question, options.answer);
  else
    found.verdict = verifier.verify(
        question, options.response ? options.answer : data::as_response(verifier, options.answer));
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  const data::Verdict& verdict = found.verdict;
  if (globals.json)
    return fmt::print("{}\n", nlohmann::json({{"verdict", data::to_string(verdict.outcome)},
                                              {"accept", verdict.right()},
                                              {"rule", verdict.rule},
                                              {"reason", verdict.reason},
                                              {"answer", verdict.answer},
                                              {"gold_form", found.gold_form},
                                              {"answer_form", found.answer_form},
                                              {"fuel", verdict.fuel},
                                              {"micros", spent.count()},
                                              {"verifier", verifier.name + "@" + verifier.version}})
                                  .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  fmt::print("verdict  {}{}\n", data::to_string(verdict.outcome),
             verdict.reason.empty() ? "" : ": " + terminal::clean(verdict.reason));
  fmt::print("rule     {}\n", verdict.rule);
  if (verifier.name == "math")
    fmt::print("gold     {}\nanswer   {}\n", shown(found.gold_form), shown(found.answer_form));
  else
    fmt::print("answer   {}\n", shown(verdict.answer));
  fmt::print("by       {}@{}, {} steps, {:.0f} us\n", verifier.name, verifier.version, verdict.fuel,
             spent.count());
  if (!verifier.known_faults.empty()) fmt::print("note     {}\n", verifier.known_faults);
}

void run(const Options& options, const Globals& globals) {
  if (!options.cases.empty()) return verify_cases(options);
  if (!options.both)
    throw UserError(
        "verify: required GOLD and ANSWER, or --cases FILE, found neither; see rlreason verify "
        "--help");
  verify_one(options, globals);
}

const Register kEntry{
    "verify", "judge an answer against a gold answer, or a file of labelled cases",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.add_option("GOLD", options->gold,
                     "the gold answer, LaTeX or plain text; write -- before one that begins with a "
                     "minus sign");
      app.add_option("ANSWER", options->answer, "the answer; with --response a whole response");
      app.add_option("--profile", options->profile,
                     "verifier: 'rlreason describe verifiers' lists them");
      app.add_flag("--response", options->response,
                   "look for the answer in ANSWER as in a model's response");
      app.add_option("--choice", options->choices,
                     "an option of a multiple-choice question; repeat");
      app.add_option("--cases", options->cases,
                     "JSONL of cases: gold, prediction, expected, mode, options; one verdict a "
                     "line, then a summary");
      return [options, &globals, &app] {
        options->both = app.count("GOLD") > 0 && app.count("ANSWER") > 0;
        run(*options, globals);
      };
    }};

}  // namespace
}  // namespace rlreason::cli
