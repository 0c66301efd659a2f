#include "datasets/verifiers/math/choice.h"

#include <algorithm>
#include <functional>

#include "datasets/verifiers/math/extract.h"
#include "datasets/verifiers/math/phrases.h"
#include "datasets/verifiers/math/text_form.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::math {
namespace {

constexpr size_t kShortText = 300;

bool word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string without_wrappers(std::string_view text) {
  std::string out = stripped(text);
  for (const std::string_view gone : {"\\left", "\\right"})
    for (size_t at = out.find(gone); at != std::string::npos; at = out.find(gone))
      out.erase(at, gone.size());
  if (out.starts_with("(\\") && out.ends_with("})"))
    out = out.substr(1, out.size() - 2);  // (\text{C})
  for (const std::string_view wrapper :
       {"\\textbf{", "\\text{", "\\mathrm{", "\\mathbf{", "\\textit{", "\\mbox{"})
    if (out.starts_with(wrapper))
      if (const size_t close = out.find('}'); close != std::string::npos)
        out =
            std::string(out.substr(wrapper.size(), close - wrapper.size())) + out.substr(close + 1);
  return stripped(out);
}

bool is_label(std::string_view text, std::span<const std::string> labels) {
  return std::any_of(labels.begin(), labels.end(),
                     [&](const std::string& label) { return label == text; });
}

// "$A \\text{ or } B$" as "A  or  B".
std::string without_marks(std::string_view line) {
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line.substr(i).starts_with("\\text{")) {
      i += std::string_view("\\text{").size() - 1;
      continue;
    }
    if (line[i] != '$' && line[i] != '}') out += line[i];
  }
  return out;
}

// A label at `at` that stands alone: no letter or digit beside it.
std::optional<std::string> label_at(std::string_view text, size_t at,
                                    std::span<const std::string> labels) {
  for (const std::string& label : labels) {
    if (text.substr(at, label.size()) != label) continue;
    const char before = at > 0 ? text[at - 1] : ' ',
               after = at + label.size() < text.size() ? text[at + label.size()] : ' ';
    if (word(before) || word(after) || before == '\\' || before == '\'' || after == '\'') continue;
    return label;
  }
  return std::nullopt;
}

// "A triangle", "I think": an article or a pronoun.
bool is_english(std::string_view text, size_t at) {
  if (text[at] != 'A' && text[at] != 'I') return false;
  if (at + 2 >= text.size() || text[at + 1] != ' ' || text[at + 2] < 'a' || text[at + 2] > 'z')
    return false;
  const std::string_view next = text.substr(at + 2);
  for (const std::string_view verb : {"is ", "because", "since", "or ", "and "})
    if (next.starts_with(verb)) return false;
  return true;
}

// "B or C", "B, C", "B/C": another label is joined to the one that ends at `end`.
bool joined_to_another(std::string_view text, size_t end, std::string_view label,
                       std::span<const std::string> labels) {
  std::string_view rest = text.substr(end);
  const auto skip = [&](std::string_view set) {
    while (!rest.empty() && set.find(rest.front()) != std::string_view::npos) rest.remove_prefix(1);
  };
  skip(" ).*");
  bool joined = false;
  for (const std::string_view word : {"or ", "and ", ",", "/", "&"})
    if (rest.starts_with(word)) {
      rest.remove_prefix(word.size());
      joined = true;
      skip(" (*");
    }
  if (!joined) return false;
  const std::optional<std::string> other = label_at(text, text.size() - rest.size(), labels);
  return other && *other != label && !is_english(text, text.size() - rest.size());
}
std::optional<std::string> first_label(std::string_view text, std::span<const std::string> labels) {
  for (size_t at = 0; at < text.size(); ++at)
    if (auto label = label_at(text, at, labels); label && !is_english(text, at))
      return joined_to_another(text, at + label->size(), *label, labels) ? std::nullopt : label;
  return std::nullopt;
}
// The name of something in a formula: F_A, H(X), {A}, "A = 3".
bool in_formula(std::string_view text, size_t at, size_t length) {
  constexpr std::string_view kMath = "_^{}=+/<>|$[]";
  const auto beside = [&](size_t begin, bool left) {
    size_t i = begin;
    while (i < text.size() && text[i] == ' ') i += left ? size_t(-1) : 1;
    return i < text.size() ? text[i] : '.';
  };
  const char before = beside(at - 1, true), after = beside(at + length, false);
  if (kMath.find(before) != std::string_view::npos || kMath.find(after) != std::string_view::npos)
    return true;
  if (at + length < text.size() && text[at + length] == '(') return true;
  return at >= 2 && text[at - 1] == '(' && word(text[at - 2]);
}
std::optional<std::string> last_label(std::string_view text, std::span<const std::string> labels) {
  for (size_t at = text.size(); at-- > 0;)
    if (auto label = label_at(text, at, labels);
        label && !is_english(text, at) && !in_formula(text, at, label->size()))
      return label;
  return std::nullopt;
}

// The option whose text this is.
std::optional<std::string> label_of_text(std::string_view text, std::span<const std::string> labels,
                                         std::span<const std::string> choices) {
  const std::string wanted = words_form(text);
  std::optional<std::string> found;
  for (size_t i = 0; i < choices.size() && i < labels.size(); ++i) {
    std::string_view option = choices[i];
    if (const auto own = only_label(option); own && option.size() > own->size() + 1) {
      const size_t at = option.find_first_of(".):");
      if (at != std::string_view::npos && at <= 3) option = trimmed(option.substr(at + 1));
    }
    if (wanted.empty() || words_form(option) != wanted) continue;
    if (found) return std::nullopt;
    found = labels[i];
  }
  return found;
}

std::optional<std::string> of_short_text(std::string_view text, std::span<const std::string> labels,
                                         std::span<const std::string> choices) {
  if (const auto label = only_label(text); label && is_label(*label, labels)) return label;
  return label_of_text(text, labels, choices);
}

}  // namespace

std::optional<std::string> only_label(std::string_view written) {
  const std::string text = without_wrappers(written);
  size_t at = 0;
  const bool bracket = text.starts_with('(') || text.starts_with('[');
  if (bracket) ++at;
  if (at >= text.size()) return std::nullopt;
  std::string label(1, upper(text[at]));
  if (!((label[0] >= 'A' && label[0] <= 'Z') || (label[0] >= '0' && label[0] <= '9')))
    return std::nullopt;
  const size_t next = at + 1;
  if (next == text.size()) return bracket ? std::nullopt : std::optional(label);
  if (bracket) return text[next] == ')' || text[next] == ']' ? std::optional(label) : std::nullopt;
  const bool mark = text[next] == ')' || text[next] == ':' || text[next] == '.';
  if (mark && (next + 1 == text.size() || text[next + 1] == ' ' ||
               (text[next] == ')' && word(text[next + 1]))))
    return label;
  const bool option_follows = text[next] == ' ' && next + 1 < text.size() &&
                              text[next + 1] >= 'A' && text[next + 1] <= 'Z' &&
                              next + 2 < text.size() && word(text[next + 2]);
  return option_follows && text[at] >= 'A' && text[at] <= 'Z' ? std::optional(label) : std::nullopt;
}

std::vector<std::string> labels_of(std::span<const std::string> choices) {
  std::vector<std::string> out;
  for (const std::string& choice : choices) {
    const std::optional<std::string> own = only_label(choice);
    const size_t mark = choice.find_first_of(".):");
    if (own && (choice.size() == 1 || (mark != std::string::npos && mark <= 2)))
      out.push_back(*own);
  }
  // Every option beginning with "a)" lists its own parts: labels differ.
  const bool rising =
      std::adjacent_find(out.begin(), out.end(), std::greater_equal<>()) == out.end();
  if (out.size() == choices.size() && !out.empty() && rising) return out;
  out.clear();
  for (size_t i = 0; i < choices.size() && i < 26; ++i)
    out.emplace_back(1, static_cast<char>('A' + i));
  return out;
}

std::optional<std::string> chosen_label(const Region& region, std::span<const std::string> labels,
                                        std::span<const std::string> choices,
                                        const AnswerOptions& options, std::string& rule) {
  AnswerOptions boxed = options;
  boxed.require_boxed = true;
  const Extracted box = extract(region, boxed);
  if (box.rule == "boxed") {
    rule = "boxed label";
    return of_short_text(box.text, labels, choices);
  }
  rule = box.rule;
  if (options.require_boxed || box.rule != "no box") return std::nullopt;
  if (const std::string_view line = after_marker(region.text); !line.empty()) {
    rule = "marked label";
    if (auto label = of_short_text(line, labels, choices)) return label;
    return first_label(without_marks(line), labels);
  }
  rule = "first label";
  const std::string_view whole = trimmed(region.text);
  if (whole.size() < kShortText)
    if (auto label = of_short_text(whole, labels, choices)) return label;
  const bool part = whole.starts_with('(') && whole.size() > 1 && whole[1] >= 'a' &&
                    whole[1] <= 'z';  // "(a) First, …"
  if (const auto label = only_label(whole.substr(0, 4));
      label && !part && is_label(*label, labels) && !is_english(whole, 0))
    return label;
  rule = "last label";
  return last_label(whole.size() > kShortText ? whole.substr(whole.size() - kShortText) : whole,
                    labels);
}

}  // namespace rlreason::data::math
