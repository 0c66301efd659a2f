// The words around a question: templates by name, one small YAML file each, with where its text comes from.
//
//   text          the prompt; {question} stands for the question, {shots} for worked examples
//   option        one option of a choice, {label} and {option}; with_options how they join the question, {question} {options}
//   shot          one worked example before the question, {question} {answer}
//   continuation  what is scored when options are compared by likelihood, {label} or {option}
// A template may close a chat turn with tokens of its own (`stop_tokens`), end responses at texts (`stop`), or open a think
// mark (`think`: then only what follows the closing mark is an answer).  Texts are put in once: braces inside a question stay.
// Not here: chat templates that a tokenizer brings along.
// Errors: UserError for an unknown name, a malformed file, a template without {question}.
// Thread safety: pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "datasets/prompt.h"

namespace rlreason::eval {

struct PromptTemplate {
  std::string name, summary, source;
  std::string text = "{question}";
  std::string option = "{label}) {option}\n";
  std::string with_options = "{question}\n\n{options}";
  std::string shot = "{question}{answer}\n\n";
  std::string continuation = " {label}";
  bool think = false;
  std::vector<std::string> stop, stop_tokens;

  static constexpr auto fields() {
    using config::field, config::not_empty;
    using C = PromptTemplate;
    return std::tuple{
        field(&C::name, "name", "name of the template", not_empty()).required(),
        field(&C::summary, "summary", "what it is for, in one line"),
        field(&C::source, "source", "where its words come from"),
        field(&C::text, "text", "the prompt, with {question} and, for worked examples, {shots}"),
        field(&C::option, "option", "one option, with {label} and {option}"),
        field(&C::with_options, "with_options", "the question of a choice, with {question} and {options}"),
        field(&C::shot, "shot", "one worked example, with {question} and {answer}"),
        field(&C::continuation, "continuation", "what is scored for an option, with {label} or {option}"),
        field(&C::think, "think", "it opens a think mark: the answer follows the closing one"),
        field(&C::stop, "stop", "texts that end a response"),
        field(&C::stop_tokens, "stop_tokens", "tokens that end a response, where the model has them")};
  }
};

void check(const PromptTemplate& prompt_template);
PromptTemplate load_prompt_template(std::string_view name_or_file);
std::vector<std::string> prompt_template_names();  // the built-in ones

// "{name}" by value, in one pass; unknown names stay as they are.
std::string substitute(std::string_view text, const std::map<std::string, std::string>& values);

// The whole prompt.  `prompt.text` is the bare question; `shots` the worked examples, in order.
std::string rendered(const PromptTemplate& prompt_template, const data::Prompt& prompt, const std::vector<data::Prompt>& shots = {});
// What is scored for each option as it is shown.
std::vector<std::string> continuations(const PromptTemplate& prompt_template, const data::Prompt& prompt);
// A response up to the first of the stop texts.
std::string_view until_stop(std::string_view response, const std::vector<std::string>& stop);

}  // namespace rlreason::eval
