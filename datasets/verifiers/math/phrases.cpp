#include "datasets/verifiers/math/phrases.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "datasets/verifiers/math/characters.h"
#include "datasets/verifiers/math/fuel.h"
#include "datasets/verifiers/math/parser.h"
#include "datasets/verifiers/math/spans.h"
#include "datasets/verifiers/math/text_form.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::math {
namespace {

constexpr std::array<std::string_view, 9> kMarkers = {
    "final answer is", "answer is",    "answer:", "answers are", "answer =",
    "answer**:",       "answer to be", "####",    "answer**"};

// "The volume of $ABCD$ is 120": what stands behind the last verb, where that is an answer.
std::optional<std::string> behind_verb(std::string_view line) {
  size_t best = std::string_view::npos;
  for (const std::string_view verb : {" is ", " are ", " equals "})
    if (const size_t at = line.rfind(verb);
        at != std::string_view::npos && (best == std::string_view::npos || at + verb.size() > best))
      best = at + verb.size();
  if (best == std::string_view::npos) return std::nullopt;
  std::string tail = stripped(line.substr(best));
  if (tail.empty() || !readable(tail)) return std::nullopt;
  return tail;
}

// The formulas or the whole of a line behind a marker.
std::string of_line(std::string_view line) {
  for (const std::string_view tail :
       {"I hope it is correct", "i hope it is correct", "I hope this is correct"})
    if (const size_t at = line.find(tail); at != std::string_view::npos) line = line.substr(0, at);
  const std::vector<Span> spans = formulas(line);
  if (std::optional<std::string> value = behind_verb(line)) return *value;
  if (!spans.empty() && trimmed(line.substr(0, spans[0].begin)).size() < 40) {
    std::vector<Span> run = {spans[0]};
    for (size_t i = 1;
         i < spans.size() && joins(line.substr(run.back().end, spans[i].begin - run.back().end));
         ++i)
      run.push_back(spans[i]);
    const std::string_view unit = trimmed(line.substr(run.back().end));
    std::string text = joined_spans(line, run);
    if (unit.starts_with('%') || unit.starts_with("percent") || unit.starts_with("pct"))
      text += "%";
    return text;
  }
  line = trimmed(line);
  while (line.ends_with("**")) line = trimmed(line.substr(0, line.size() - 2));
  return stripped(line);
}

// "42 because geometry proves it": the longest beginning, cut at spaces or sentence ends, that is an answer.
std::string readable_beginning(const std::string& text) {
  if (text.empty() || text.find('\x01') != std::string::npos || readable(text)) return text;
  size_t cut = std::min<size_t>(text.size(), 200);
  for (int tries = 0; tries < 40 && cut > 0; ++tries) {
    cut = text.find_last_of(" ,;.", cut - 1);
    if (cut == std::string::npos || cut == 0) break;
    std::string head = stripped(std::string_view(text).substr(0, cut));
    const std::string_view rest = trimmed(std::string_view(text).substr(cut));
    const bool sentence = rest.empty() || !(digit(rest[0]) || rest[0] == '\\' || rest[0] == '#');
    if (sentence && !head.empty() && readable(head)) return head;
  }
  return text;
}

}  // namespace

bool readable(const std::string& text) {
  try {
    parse(text);
    return true;
  } catch (const Unparsable&) {
    return false;
  } catch (const Limit&) {
    return true;
  }
}

std::string readable_ending(const std::string& text) {
  size_t cut = text.size() > 200 ? text.size() - 200 : 0;
  for (int tries = 0; tries < 40; ++tries) {
    cut = text.find(' ', cut);
    if (cut == std::string::npos) return {};
    std::string tail = stripped(std::string_view(text).substr(++cut));
    if (tail.find_first_of("0123456789\\") != std::string::npos && readable(tail)) return tail;
  }
  return {};
}

bool is_code(std::string_view text) {
  return text.find("__") != std::string_view::npos || text.find("()") != std::string_view::npos ||
         text.find("('") != std::string_view::npos || text.find("lambda") != std::string_view::npos;
}

std::string last_number(std::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    size_t last = text.find_last_of("0123456789", end - 1);
    if (last == std::string_view::npos) return {};
    size_t begin = last;
    while (begin > 0 &&
           (digit(text[begin - 1]) || ((text[begin - 1] == ',' || text[begin - 1] == '.') &&
                                       begin > 1 && digit(text[begin - 2]))))
      --begin;
    if (begin > 0 && text[begin - 1] == '.') --begin;
    const std::string_view before = text.substr(0, begin);
    const bool in_word = (begin > 0 && (letter(text[begin - 1]) || text[begin - 1] == '_' ||
                                        text[begin - 1] == '^')) ||
                         before.ends_with("^{") || before.ends_with("_{");
    size_t after = last + 1;
    if (in_word) {
      end = begin;
      if (end == 0) return {};
      continue;
    }
    if (begin > 0 && text[begin - 1] == '-' &&
        (begin == 1 ||
         (!digit(text[begin - 2]) && !letter(text[begin - 2]) && text[begin - 2] != ')')))
      --begin;
    if (begin > 1 && text[begin - 1] == '/' && digit(text[begin - 2])) {  // a/b
      size_t numerator = begin - 1;
      while (numerator > 0 && digit(text[numerator - 1])) --numerator;
      if (numerator > 0 && text[numerator - 1] == '-') --numerator;
      begin = numerator;
    }
    std::string out(text.substr(begin, after - begin));
    const std::string_view rest = trimmed(text.substr(after));
    if (rest.starts_with('%') || rest.starts_with("\\%") || rest.starts_with("percent") ||
        rest.starts_with("pct"))
      out += "%";
    return out;
  }
  return {};
}

std::string concluding_number(std::string_view text) {
  for (const std::string_view word : {"herefore", "hus,", "ence,", "So,", "n total", "onclusion"})
    if (const size_t at = text.rfind(word); at != std::string_view::npos)
      return last_number(text.substr(at));
  return {};
}

std::string of_marker(std::string_view line) {
  std::string text = readable_beginning(of_line(line));
  const bool plain = line.find_first_of("$\\\x01") ==
                     std::string_view::npos;  // never a number out of a formula that does not parse
  if (readable(text) || is_code(line) || !plain) return text;
  std::string number = last_number(line);
  return number.empty() ? text : number;
}

std::string_view without_label(std::string_view line) {
  line = trimmed(line);
  for (const std::string_view label : {"A", "Ans", "ANS", "ans", "Result", "Solution", "Total"}) {
    if (!line.starts_with(label)) continue;
    const std::string_view rest = trimmed(line.substr(label.size()));
    if (rest.starts_with(':')) return trimmed(rest.substr(1));
  }
  return line;
}

std::string without_control_tokens(std::string_view text) {
  std::string out;
  size_t from = 0;
  for (size_t open = text.find("<|"); open != std::string_view::npos;
       open = text.find("<|", open + 1)) {
    const size_t close = text.find("|>", open);
    if (close == std::string_view::npos) break;
    const std::string_view name = text.substr(open + 2, close - open - 2);
    const bool token = !name.empty() && name.size() < 24 &&
                       std::all_of(name.begin(), name.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (!token || open < from) continue;
    out += text.substr(from, open - from);
    out += '\n';
    from = close + 2;
  }
  return out + std::string(text.substr(from));
}

std::string_view after_marker(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), lower);
  size_t best = std::string::npos, width = 0;
  for (const std::string_view marker : kMarkers) {
    const size_t at = folded.rfind(marker);
    if (at == std::string::npos) continue;
    if (best == std::string::npos || at + marker.size() > best + width) {
      best = at;
      width = marker.size();
    }
  }
  if (best == std::string::npos) return {};
  std::string_view rest = text.substr(best + width);
  while (!rest.empty() && (rest.front() == ':' || rest.front() == ' ' || rest.front() == '*' ||
                           rest.front() == '\n' || rest.front() == '\r'))
    rest.remove_prefix(1);
  if (rest.starts_with("\\[") || rest.starts_with("$$")) return rest;
  return rest.substr(0, rest.find('\n'));
}

}  // namespace rlreason::data::math
