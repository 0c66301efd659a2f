#include "datasets/verifiers/math/judge.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "datasets/verifiers/math/choice.h"
#include "datasets/verifiers/math/comparison.h"
#include "datasets/verifiers/math/extract.h"
#include "datasets/verifiers/math/lexer.h"
#include "datasets/verifiers/math/parser.h"
#include "datasets/verifiers/math/text_form.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::math {
namespace {

Judgement decided(Outcome outcome, std::string rule, std::string reason, std::string answer = {}) {
  return {.verdict = {.outcome = outcome,
                      .rule = std::move(rule),
                      .reason = std::move(reason),
                      .answer = std::move(answer)},
          .gold_form = {},
          .answer_form = {}};
}

// Only what changes the looks is taken away: braces, operators and digits stay.
std::string light_form(std::string_view text) {
  std::string out;
  const std::string inner = stripped(text);
  for (size_t i = 0; i < inner.size(); ++i) {
    const char c = inner[i];
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      // Between two letters or digits a space is a word's end.
      const auto word = [](char d) {
        return (d >= 'a' && d <= 'z') || (d >= 'A' && d <= 'Z') || (d >= '0' && d <= '9');
      };
      if (!out.empty() && out.back() != ' ' && word(out.back()) && i + 1 < inner.size() &&
          word(inner[i + 1]))
        out += ' ';
      continue;
    }
    out += c;
  }
  return out;
}

bool words_only(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == ' ' || c == '-' || c == '\'' || c == ',' || c == '.' ||
           c == '&' || (c & 0x80) != 0;
  });
}

bool has_letters(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      while (i + 1 < text.size() && std::isalpha(static_cast<unsigned char>(text[i + 1])) != 0) ++i;
    } else if (std::isalpha(static_cast<unsigned char>(text[i])) != 0 || (text[i] & 0x80) != 0) {
      return true;
    }
  }
  return text.find("\\text") != std::string_view::npos ||
         text.find("\\mathrm") != std::string_view::npos;
}

struct Reading {
  std::optional<Expression> tree;
  std::string problem;  // why there is none
  bool limit = false;
};

Reading read(const std::string& text, const LexerOptions& options) {
  try {
    return {.tree = parse(text, options), .problem = {}};
  } catch (const Unparsable& why) {
    return {.tree = std::nullopt, .problem = why.reason};
  } catch (const Limit& why) {
    return {.tree = std::nullopt, .problem = why.reason, .limit = true};
  }
}

// "1,234": a number or a list.
bool grouped(std::string_view text) {
  for (size_t i = 1; i + 3 < text.size(); ++i)
    if (text[i] == ',' && std::isdigit(static_cast<unsigned char>(text[i - 1])) != 0 &&
        std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0)
      return true;
  return false;
}

bool only_one_comma_number(std::string_view text) {
  return std::count(text.begin(), text.end(), ',') == 1 &&
         text.find_first_not_of("0123456789,-+ ") == std::string_view::npos;
}

// Readings to try in turn: the usual one; commas as separators; the comma as a decimal point, where the other side shows one.
struct Pair {
  LexerOptions gold, answer;
};
std::vector<Pair> readings(const std::string& gold, const std::string& answer,
                           const AnswerOptions& options) {
  std::vector<Pair> out = {{}};
  const LexerOptions list{.thousands = false, .decimal_comma = false},
      comma{.thousands = false, .decimal_comma = true};
  if (grouped(gold) || grouped(answer)) out.push_back({list, list});
  const bool plain = options.extract.size() == 1 && options.extract[0] == "expr";
  if (only_one_comma_number(answer) && gold.find('.') != std::string::npos &&
      gold.find(',') == std::string::npos)
    out.push_back({{}, comma});
  if (only_one_comma_number(gold) && answer.find(',') == std::string::npos &&
      (plain || gold.starts_with("0,")))
    out.push_back({comma, {}});
  return out;
}

class Judge {
 public:
  Judge(const Question& question, Fuel& fuel) : question_(question), fuel_(fuel) {}

  Judgement run(const std::string& gold, const std::string& answer) {
    if (light_form(gold) == light_form(answer) && !readable_limit(gold)) return same_text(gold);
    std::optional<Judgement> first;
    for (const Pair& pair : readings(gold, answer, question_.options)) {
      Judgement found = with(gold, answer, pair);
      if (found.verdict.outcome != Outcome::wrong || !first) {
        if (found.verdict.right()) return found;
        if (!first) first = std::move(found);
      }
    }
    return std::move(*first);
  }

 private:
  static bool readable_limit(const std::string& text) { return text.empty(); }

  Judgement same_text(const std::string& gold) {
    const Reading reading = read(gold, {});
    if (!reading.tree && !reading.limit && !has_letters(gold))
      return decided(Outcome::unscored, "gold",
                     "the gold answer does not parse: " + reading.problem);
    const std::string form = reading.tree ? to_text(*reading.tree) : words_form(gold);
    Judgement out = decided(Outcome::right, "text", {}, class_text(reading, form));
    out.gold_form = out.answer_form = form;
    return out;
  }

  std::string class_text(const Reading& reading, const std::string& form) {
    if (!reading.tree) return form;
    try {
      Fuel own;
      std::string text = class_of(*reading.tree, own);
      return text.size() > 400 ? text.substr(0, 400) : text;
    } catch (const Limit&) {
      return form.substr(0, 400);
    }
  }

  Judgement with(const std::string& gold, const std::string& answer, const Pair& pair) {
    const Reading g = read(gold, pair.gold);
    if (g.limit) return decided(Outcome::unscored, "limit", "the gold answer: " + g.problem);
    if (!g.tree && !has_letters(gold))
      return decided(Outcome::unscored, "gold", "the gold answer does not parse: " + g.problem);
    const Reading a = read(answer, pair.answer);
    Judgement out;
    const std::string gold_words = words_form(gold), answer_words = words_form(answer);
    out.gold_form = g.tree ? to_text(*g.tree) : gold_words;
    out.answer_form = a.tree ? to_text(*a.tree) : answer_words;
    out.verdict.outcome = Outcome::wrong;
    out.verdict.answer = class_text(a, answer_words.substr(0, 400));
    if (a.limit) {
      out.verdict.outcome = Outcome::unscored;
      out.verdict.rule = "limit";
      out.verdict.reason = a.problem;
      return out;
    }
    if (!g.tree || !a.tree) return by_words(std::move(out), gold_words, answer_words, g, a);
    try {
      const Comparison found = compare(*g.tree, *a.tree, question_.options, fuel_);
      out.verdict.rule = found.rule;
      if (found.equal) out.verdict.outcome = Outcome::right;
    } catch (const Limit& why) {
      out.verdict.outcome = Outcome::unscored;
      out.verdict.rule = "limit";
      out.verdict.reason = why.reason;
      return out;
    }
    if (out.verdict.right())
      out.verdict.answer = class_text(g, gold_words);
    else if (words_only(gold_words) && gold_words == answer_words)
      return by_words(std::move(out), gold_words, answer_words, g, a);
    else
      out.verdict.reason = "differs from the gold answer";
    return out;
  }

  Judgement by_words(Judgement out, const std::string& gold, const std::string& answer,
                     const Reading& g, const Reading& a) {
    out.verdict.rule = "text";
    const bool both_texts = !g.tree && !a.tree;
    if (gold == answer && (both_texts ? light_words(gold) : words_only(gold))) {
      out.verdict.outcome = Outcome::right;
      out.verdict.answer = class_text(g, gold);
    } else {
      out.verdict.reason = a.tree || has_letters(answer) ? "differs from the gold answer"
                                                         : "does not parse: " + a.problem;
    }
    return out;
  }
  // Words with numbers between them ("june 20") are compared as they stand; formulas are not, since words_form opens braces.
  static bool light_words(const std::string& text) {
    return text.find_first_of("^_/*\\=<>") == std::string::npos;
  }

  const Question& question_;
  Fuel& fuel_;
};

// A gold may come wrapped, or be a whole solution.
std::string gold_text(std::string_view gold, const AnswerOptions& options) {
  const std::string folded = fold(gold).text;
  const std::string bare = stripped(folded);
  const bool wrapped =
      bare.find("boxed") != std::string::npos || bare.find('$') != std::string::npos ||
      bare.find("\\[") != std::string::npos || bare.find("\\(") != std::string::npos;
  if (!wrapped) return bare;
  if (bare.find("boxed") == std::string::npos && read(bare, {}).tree) return bare;  // "$1$ and $2$"
  AnswerOptions open = options;
  open.answer_after_think = open.require_boxed = open.require_marker = false;
  open.extract.clear();
  const std::string found = stripped(extract({.text = folded}, open).text);
  return found.empty() ? bare : found;
}

Judgement judge_texts(const Question& question, std::string_view answer, Fuel& fuel) {
  const std::string gold = gold_text(question.gold, question.options);
  if (gold.empty()) return decided(Outcome::unscored, "gold", "the gold answer is empty");
  const Folded folded = fold(answer);
  if (folded.hidden)
    return decided(Outcome::wrong, "hidden_characters",
                   "the answer has invisible characters or invalid UTF-8");
  const std::string text = stripped(folded.text);
  // A gold that is a sentence around formulas equals itself as it stands.
  const std::string whole_gold = stripped(fold(question.gold).text);
  if (has_letters(whole_gold) && light_form(whole_gold) == light_form(text) && whole_gold != gold)
    return Judge(question, fuel).run(whole_gold, text);
  if (text.empty()) return decided(Outcome::wrong, "no_answer", "an empty answer");
  if (text.size() > kMostAnswerBytes)
    return decided(Outcome::unscored, "limit", "the answer is too long");
  return Judge(question, fuel).run(gold, text);
}

bool letter_gold(std::string_view gold) {
  const std::optional<std::string> label = only_label(gold);
  return label && (*label)[0] >= 'A' && (*label)[0] <= 'J';
}

std::vector<std::string> labels_for(const Question& question) {
  if (!question.choices.empty()) return labels_of(question.choices);
  std::vector<std::string> out;
  for (char c = 'A'; c <= 'J'; ++c) out.emplace_back(1, c);
  return out;
}

}  // namespace

Judgement judge_choice(const Question& question, std::string_view response) {
  const std::vector<std::string> labels = labels_for(question);
  const std::string gold_folded = fold(question.gold).text;
  std::string rule;
  std::optional<std::string> gold = only_label(gold_folded);
  if (!gold) gold = chosen_label({.text = gold_folded}, labels, question.choices, {}, rule);
  if (!gold || std::find(labels.begin(), labels.end(), *gold) == labels.end())
    return decided(Outcome::unscored, "gold", "the gold answer is no label of an option");
  Region region = answer_region(response);
  const Folded folded = fold(region.text);
  region.text = folded.text;
  const std::optional<std::string> chosen =
      chosen_label(region, labels, question.choices, question.options, rule);
  if (!chosen) return decided(Outcome::wrong, "no_answer", "no label of an option: " + rule);
  Judgement out = decided(*chosen == *gold ? Outcome::right : Outcome::wrong, rule,
                          *chosen == *gold ? "" : "another option", *chosen);
  out.gold_form = *gold;
  out.answer_form = *chosen;
  return out;
}

Judgement judge_answer(const Question& question, std::string_view answer) {
  Fuel fuel;
  Judgement out;
  const AnswerOptions any;
  const Extracted found = extract({.text = fold(answer).text}, any);
  const bool boxed = found.rule == "boxed";
  const std::optional<std::string> label = only_label(fold(answer).text);
  const bool letters =
      !question.choices.empty() || (letter_gold(question.gold) && label && !fold(answer).hidden);
  if (letters)
    out = judge_choice(question, answer);
  else
    out = judge_texts(question, boxed ? std::string_view(found.text) : answer, fuel);
  out.verdict.fuel = fuel.used() + static_cast<int64_t>(answer.size() / 16);
  return out;
}

Judgement judge_response(const Question& question, std::string_view response) {
  const bool letters = !question.choices.empty() ||
                       std::find(question.options.extract.begin(), question.options.extract.end(),
                                 "NativeLetters") != question.options.extract.end() ||
                       std::find(question.options.extract.begin(), question.options.extract.end(),
                                 "letters") != question.options.extract.end() ||
                       letter_gold(question.gold);
  if (letters) return judge_choice(question, response);
  Fuel fuel;
  Region region = answer_region(response);
  const Folded folded = fold(region.text);
  region.text = folded.text;
  const Extracted found = extract(region, question.options);
  Judgement out;
  const bool free = !question.options.require_boxed && !question.options.require_marker &&
                    !question.options.answer_after_think;
  if (free && !folded.hidden && response.size() < kMostAnswerBytes &&
      stripped(folded.text) == stripped(fold(question.gold).text))
    out = Judge(question, fuel)
              .run(stripped(folded.text), stripped(folded.text));  // the gold itself, words and all
  else if (trimmed(found.text).empty())
    out = gold_text(question.gold, question.options).empty()
              ? decided(Outcome::unscored, "gold", "the gold answer is empty")
              : decided(Outcome::wrong, "no_answer", found.rule);
  else
    out = judge_texts(question, found.text, fuel);
  out.verdict.fuel = fuel.used() + static_cast<int64_t>(response.size() / 16);
  return out;
}

}  // namespace rlreason::data::math
