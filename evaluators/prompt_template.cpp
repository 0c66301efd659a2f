#include "evaluators/prompt_template.h"

#include <algorithm>

#include "core/config/parse.h"
#include "core/config/yaml_once.h"
#include "core/embedded.h"
#include "core/error.h"
#include "evaluators/choices.h"

namespace rlreason::eval {
namespace {

constexpr std::string_view kFolder = "evaluators/prompts/";

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::map<std::string, std::string> option_values(const data::Prompt& prompt, size_t position) {
  return {{"label", label(position, has_digit_labels(prompt))},
          {"option", prompt.choices[position]}};
}

std::string question_of(const PromptTemplate& words, const data::Prompt& prompt) {
  const std::string question = trimmed(prompt.text);
  if (!is_choice(prompt)) return question;
  std::string options;
  for (size_t i = 0; i < prompt.choices.size(); ++i)
    options += substitute(words.option, option_values(prompt, i));
  return substitute(words.with_options, {{"question", question}, {"options", options}});
}

// A worked example answers with its first demonstration, or with its gold alone.
std::string answer_of(const data::Prompt& shot) {
  return trimmed(shot.demonstrations.empty() ? shot.gold : shot.demonstrations.front().text);
}

}  // namespace

void check(const PromptTemplate& words) {
  if (words.text.find("{question}") == std::string::npos)
    throw UserError("template {}: required {{question}} in text, found none; write where it goes",
                    words.name);
}

PromptTemplate load_prompt_template(std::string_view name_or_file) {
  const NamedText text = named_text(name_or_file, kFolder, "prompt template");
  return config::parse<PromptTemplate>(config::parse_yaml_once(text.text, text.origin));
}

std::vector<std::string> prompt_template_names() { return embedded_names(kFolder); }

std::string substitute(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t close = text[i] == '{' ? text.find('}', i) : std::string_view::npos;
    const auto value = close == std::string_view::npos
                           ? values.end()
                           : values.find(std::string(text.substr(i + 1, close - i - 1)));
    if (value == values.end()) {
      out += text[i++];
    } else {
      out += value->second;
      i = close + 1;
    }
  }
  return out;
}

std::string rendered(const PromptTemplate& words, const data::Prompt& prompt,
                     const std::vector<data::Prompt>& shots) {
  std::string examples;
  for (const data::Prompt& shot : shots)
    examples += substitute(words.shot, {{"question", question_of(words, shot)},
                                        {"answer", answer_of(shot)},
                                        {"category", shot.category}});
  const bool placed = words.text.find("{shots}") != std::string::npos;
  return (placed ? "" : examples) +
         substitute(words.text, {{"question", question_of(words, prompt)},
                                 {"shots", examples},
                                 {"category", prompt.category}});
}

std::vector<std::string> continuations(const PromptTemplate& words, const data::Prompt& prompt) {
  std::vector<std::string> all;
  for (size_t i = 0; i < prompt.choices.size(); ++i)
    all.push_back(substitute(words.continuation, option_values(prompt, i)));
  return all;
}

std::string_view until_stop(std::string_view response, const std::vector<std::string>& stop) {
  size_t end = response.size();
  for (const std::string& text : stop)
    if (!text.empty()) end = std::min(end, response.find(text));
  return response.substr(0, end);
}

}  // namespace rlreason::eval
