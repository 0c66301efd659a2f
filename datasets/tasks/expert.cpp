#include "datasets/tasks/expert.h"

#include <algorithm>

#include "core/error.h"
#include "datasets/tasks/problem.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {
namespace {

constexpr int kAttempts = 16, kNearMisses = 64;
constexpr std::string_view kNo = " no";

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Style drawn_style(const ExpertConfig& expert, Sequence& random) {
  const StyleWeights& w = expert.weights;
  const int64_t at = random.between(0, w.terse + w.full + w.search - 1);
  if (expert.style != Style::mixed) return expert.style;
  if (at < w.terse) return Style::terse;
  return at < w.terse + w.full ? Style::full : Style::search;
}

// A wrong step and "no" before some of the steps.
void put_detours(std::vector<std::string>& steps, int64_t dead_ends, Sequence& random) {
  std::vector<std::string> out;
  const int64_t sure =
      random.between(0, std::max<int64_t>(static_cast<int64_t>(steps.size()) - 1, 0));
  for (size_t i = 0; i < steps.size(); ++i) {
    int64_t wrong = random.between(0, 3) == 0 ? random.between(1, dead_ends) : 0;
    if (static_cast<int64_t>(i) == sure) wrong = std::max<int64_t>(wrong, 1);
    for (; wrong > 0; --wrong) {
      const std::string other = spoiled(steps[i], random);
      const bool said = !out.empty() && out.back() == other + std::string(kNo);
      if (other != steps[i] && !said) out.push_back(other + std::string(kNo));
    }
    out.push_back(std::move(steps[i]));
  }
  steps = std::move(out);
}

bool spoil_a_step(std::vector<std::string>& steps, Sequence& random) {
  for (int i = 0; i < kAttempts && !steps.empty(); ++i) {
    std::string& step =
        steps[static_cast<size_t>(random.between(0, static_cast<int64_t>(steps.size()) - 1))];
    const bool given_up = step.ends_with(kNo);
    const std::string other = given_up ? step : spoiled(step, random);
    if (other == step) continue;
    step = other;
    return true;
  }
  return false;
}

std::string wrong_answer(const Problem& problem, const Prompt& prompt, const std::string& answer,
                         Sequence& random) {
  for (int i = 0; i < kNearMisses; ++i) {
    std::string other = problem.near_miss(answer, random);
    if (verify(prompt, "# " + other).outcome == Outcome::wrong) return other;
  }
  return "none";
}

Demonstration write(const Problem& problem, const Prompt& prompt, const ExpertConfig& expert,
                    bool varied, Sequence& random) {
  const Style style = drawn_style(expert, random);
  const bool detours = style == Style::search && !problem.searches();
  Solution solution = problem.solve(
      {.style = detours ? Style::full : style, .dead_ends = expert.dead_ends, .varied = varied},
      random);
  if (detours) put_detours(solution.steps, expert.dead_ends, random);
  constexpr std::string_view kStyles[] = {"terse", "full", "search"};
  constexpr std::string_view kFormats[] = {"", " numbered", " worded", " cipher"};
  Demonstration out;
  out.style = fmt::format("{}{}", kStyles[static_cast<size_t>(style)],
                          kFormats[static_cast<size_t>(expert.format)]);
  if (chance(expert.error_rate, random)) {
    if (expert.error != ErrorKind::end && spoil_a_step(solution.steps, random))
      out.style += " wrong-step";
    if (expert.error != ErrorKind::step) {
      solution.answer = wrong_answer(problem, prompt, solution.answer, random);
      out.style += " wrong-end";
    }
  }
  out.text = formatted(solution, expert.format);
  return out;
}

// Positions from `begin` whose character fits.
template <class Fits>
std::vector<size_t> positions(const std::string& text, size_t begin, const Fits& fits) {
  std::vector<size_t> found;
  for (size_t i = begin; i < text.size(); ++i)
    if (fits(i)) found.push_back(i);
  return found;
}

bool change_digit(std::string& text, size_t begin, Sequence& random) {
  const auto found = positions(text, begin, [&](size_t i) { return digit(text[i]); });
  if (found.empty()) return false;
  char& c = text[pick(found, random)];
  const int64_t lowest = c == '0' ? 0 : 1;  // 12 does not become 02
  const int64_t other = random.between(lowest, 8);
  c = static_cast<char>('0' + other + (other >= c - '0' ? 1 : 0));
  return true;
}

bool flip_truth(std::string& text, size_t begin, Sequence& random) {
  const auto found = positions(text, begin, [&](size_t i) {
    return (text[i] == 'T' || text[i] == 'F') && (i == 0 || !letter(text[i - 1])) &&
           (i + 1 == text.size() || !letter(text[i + 1]));
  });
  if (found.empty()) return false;
  char& c = text[pick(found, random)];
  c = c == 'T' ? 'F' : 'T';
  return true;
}

// Two letters trade places; where all are the same, one becomes another.
bool change_letter(std::string& text, size_t begin, Sequence& random) {
  const auto found = positions(text, begin, [&](size_t i) { return letter(text[i]); });
  if (found.empty()) return false;
  const size_t at = pick(found, random);
  std::vector<size_t> others;
  for (const size_t i : found)
    if (text[i] != text[at]) others.push_back(i);
  if (!others.empty()) {
    std::swap(text[at], text[pick(others, random)]);
  } else {
    const char first = text[at] >= 'a' ? 'a' : 'A';
    const int64_t other = random.between(0, 24);
    text[at] = static_cast<char>(first + other + (other >= text[at] - first ? 1 : 0));
  }
  return true;
}

// Digits, operators and lower-case letters become other characters.
char enciphered(char c) {
  constexpr std::string_view kFrom = "0123456789+-*/=()", kTo = "QWERTYUIOP&~^%![]";
  if (const size_t at = kFrom.find(c); at != std::string_view::npos) return kTo[at];
  if (c >= 'a' && c <= 'z') return static_cast<char>('a' + (c - 'a' + 13) % 26);
  return c;
}

}  // namespace

void StyleWeights::check(const StyleWeights& weights) {
  if (weights.terse + weights.full + weights.search == 0)
    throw UserError("required a weight above 0, all are 0; set one of terse, full, search");
}

std::string spoiled(const std::string& step, Sequence& random) {
  const size_t sign = step.find_last_of("=:");
  for (size_t begin = sign == std::string::npos ? 0 : sign + 1;; begin = 0) {
    std::string out = step;
    if (change_digit(out, begin, random) || flip_truth(out, begin, random) ||
        change_letter(out, begin, random) || begin == 0)
      return out;
  }
}

std::string formatted(const Solution& solution, StepFormat format) {
  std::string out;
  for (size_t i = 0; i < solution.steps.size(); ++i) {
    const std::string& step = solution.steps[i];
    switch (format) {
      case StepFormat::plain:
        out += step + "; ";
        break;
      case StepFormat::numbered:
        out += fmt::format("{}) {} ", i + 1, step);
        break;
      case StepFormat::worded:
        out += (i == 0 ? "First " : ", then ") + step;
        break;
      case StepFormat::cipher:
        std::transform(step.begin(), step.end(), std::back_inserter(out), enciphered);
        out += "; ";
        break;
    }
  }
  if (format == StepFormat::worded) out += out.empty() ? "So " : ". So ";
  return out + "# " + solution.answer;
}

std::vector<Demonstration> demonstrations(const Problem& problem, const Prompt& prompt,
                                          const ExpertConfig& expert, std::string_view teacher,
                                          Sequence& random) {
  std::vector<Demonstration> all;
  if (!chance(expert.coverage, random)) return all;
  for (int64_t i = 0; i < expert.traces; ++i) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      Demonstration one = write(problem, prompt, expert, i > 0, random);
      const bool known = std::any_of(all.begin(), all.end(),
                                     [&](const Demonstration& d) { return d.text == one.text; });
      if (known) continue;
      one.teacher = teacher;
      one.verdict = verify(prompt, one.text);
      all.push_back(std::move(one));
      break;
    }
  }
  return all;
}

}  // namespace rlreason::data
