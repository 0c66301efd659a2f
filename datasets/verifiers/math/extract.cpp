#include "datasets/verifiers/math/extract.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "datasets/verifiers/math/fuel.h"
#include "datasets/verifiers/math/lexer.h"
#include "datasets/verifiers/math/parser.h"
#include "datasets/verifiers/math/parser_impl.h"
#include "datasets/verifiers/math/text_form.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::math {
namespace {

struct Span {
  size_t begin = 0, end = 0;              // with its marks
  size_t inner_begin = 0, inner_end = 0;  // without
};

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The position behind the brace that closes the one at `open`; npos when none does.
size_t closing_brace(std::string_view text, size_t open) {
  size_t depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '{' || text[i + 1] == '}')) {
      ++i;
      continue;
    }
    depth += text[i] == '{';
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return std::string_view::npos;
}

// A box that begins at `at` ("\boxed" or "\fbox"); `complete` says whether it ends.
std::optional<Span> box_at(std::string_view text, size_t at, size_t name_size, bool& complete) {
  size_t begin = at + name_size;
  while (begin < text.size() && text[begin] == ' ') ++begin;
  complete = false;
  if (begin >= text.size()) return Span{at, text.size(), text.size(), text.size()};
  if (text[begin] == '{') {
    const size_t end = closing_brace(text, begin);
    if (end == std::string_view::npos) return Span{at, text.size(), begin + 1, text.size()};
    complete = true;
    return Span{at, end, begin + 1, end - 1};
  }
  if (letter(text[begin])) return std::nullopt;
  size_t end = begin;  // \boxed 5
  while (end < text.size() && text[end] != '$' && text[end] != ' ' && text[end] != '\n' && text[end] != '\\') ++end;
  complete = end > begin;
  return Span{at, end, begin, end};
}

// Outermost boxes from left to right; only the last one may be unfinished.  Bounded work: from the last `kMost` marks.
std::vector<Span> boxes(std::string_view text, bool& last_complete) {
  constexpr size_t kMost = 32;
  std::vector<size_t> marks;
  for (size_t at = text.size(); marks.size() < kMost && at > 0;) {
    const size_t boxed = text.rfind("boxed", at - 1), fbox = text.rfind("\\fbox", at - 1);
    const size_t found = boxed == std::string_view::npos ? fbox : fbox == std::string_view::npos ? boxed : std::max(boxed, fbox);
    if (found == std::string_view::npos) break;
    marks.push_back(found);
    at = found;
  }
  std::reverse(marks.begin(), marks.end());
  std::vector<Span> out;
  last_complete = true;
  for (const size_t mark : marks) {
    if (!out.empty() && mark < out.back().end && last_complete) continue;  // inside another box
    const bool slash = mark > 0 && text[mark - 1] == '\\' && text[mark] == 'b';
    const bool named = slash || text.substr(0, mark).ends_with("\\begin") || text[mark] == '\\';
    if (!named && (mark == 0 || (text[mark - 1] != ' ' && text[mark - 1] != '$' && text[mark - 1] != '\n'))) continue;
    bool complete = false;
    std::optional<Span> span = box_at(text, mark, 5, complete);
    if (!span || (!named && text[std::min(mark + 5, text.size() - 1)] != '{')) continue;
    if (slash) --span->begin;
    out.push_back(*span);
    last_complete = complete;
  }
  return out;
}

// Words between two boxes that only join them: "and", ", ", "\quad \text{or} \quad".
bool joins(std::string_view gap) {
  if (gap.empty()) return true;
  if (gap.size() > 60) return false;
  // "and y_2 =": the name of the second value
  if (const std::string_view end = trimmed(gap); end.ends_with('=')) {
    const size_t name = end.find_last_of(" ($", end.find_last_not_of(" =") - 1);
    if (name != std::string_view::npos && end.size() - name < 12) gap = end.substr(0, name);
  }
  std::string plain;
  for (size_t i = 0; i < gap.size(); ++i) {
    const char c = gap[i];
    if (c == '\\') {
      size_t end = i + 1;
      while (end < gap.size() && letter(gap[end])) ++end;
      if (end == i + 1) ++end;
      i = end - 1;
      plain += ' ';
    } else if (c == '$' || c == '{' || c == '}' || c == '\n' || c == '~' || c == '(' || c == ')') {
      plain += ' ';
    } else {
      plain += c;
    }
  }
  int words = 0;
  std::string last, word;
  bool comma_last = false;
  const auto flush = [&] {
    if (word.empty()) return;
    ++words;
    last = word;
    word.clear();
    comma_last = false;
  };
  for (const char c : plain) {
    if (letter(c) || digit(c)) {
      word += lower(c);
    } else {
      flush();
      if (c == ',' || c == ';' || c == '&') comma_last = true;
      else if (c != ' ') return false;
    }
  }
  flush();
  return (comma_last && words == 0) || (words <= 4 && words > 0 && (last == "and" || last == "or"));
}

std::string joined_spans(std::string_view text, const std::vector<Span>& spans) {
  size_t first = spans.size() - 1;
  while (first > 0 && joins(text.substr(spans[first - 1].end, spans[first].begin - spans[first - 1].end))) --first;
  std::string out;
  for (size_t i = first; i < spans.size(); ++i)
    out += (out.empty() ? "" : " , ") + std::string(text.substr(spans[i].inner_begin, spans[i].inner_end - spans[i].inner_begin));
  return out;
}

// What stands between two dollar signs is a formula, not the words between two prices.
bool is_formula(std::string_view inside) {
  int words = 0;
  size_t run = 0;
  for (size_t i = 0; i <= inside.size(); ++i) {
    if (i < inside.size() && inside[i] == '\n') return false;
    if (i < inside.size() && letter(inside[i])) {
      ++run;
      continue;
    }
    const char before = i > run ? inside[i - run - 1] : ' ';
    words += run > 3 && before != '\\' && before != '{';
    run = 0;
  }
  return words < 2;
}

// Formulas in $…$, $$…$$, \(…\), \[…\], from left to right.
std::vector<Span> formulas(std::string_view text) {
  std::vector<Span> out;
  for (size_t at = 0; at < text.size(); ++at) {
    std::string_view close;
    size_t width = 2;
    if (text.substr(at).starts_with("\\$")) {
      ++at;
      continue;
    }
    if (text.substr(at).starts_with("$$")) close = "$$";
    else if (text[at] == '$') close = "$", width = 1;
    else if (text.substr(at).starts_with("\\(")) close = "\\)";
    else if (text.substr(at).starts_with("\\[")) close = "\\]";
    else continue;
    size_t end = text.find(close, at + width);
    while (close[0] == '$' && end != std::string_view::npos && text[end - 1] == '\\') end = text.find(close, end + 1);
    if (end == std::string_view::npos) {
      if (close == "$") continue;
      break;
    }
    const bool price = close == "$" && ((end + 1 < text.size() && digit(text[end + 1])) || !is_formula(text.substr(at + 1, end - at - 1)));
    if (price) continue;
    if (end > at + width) out.push_back({at, end + close.size(), at + width, end});
    at = end + close.size() - 1;
  }
  return out;
}

constexpr std::array<std::string_view, 9> kMarkers = {"final answer is", "answer is", "answer:", "answers are", "answer =", "answer**:", "answer to be", "####", "answer**"};

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

// "The volume of $ABCD$ is 120": what stands behind the last verb, where that is an answer.
std::optional<std::string> behind_verb(std::string_view line) {
  size_t best = std::string_view::npos;
  for (const std::string_view verb : {" is ", " are ", " equals "})
    if (const size_t at = line.rfind(verb); at != std::string_view::npos && (best == std::string_view::npos || at + verb.size() > best)) best = at + verb.size();
  if (best == std::string_view::npos) return std::nullopt;
  std::string tail = stripped(line.substr(best));
  if (tail.empty() || !readable(tail)) return std::nullopt;
  return tail;
}

// The formulas or the whole of a line behind a marker.
std::string of_line(std::string_view line) {
  for (const std::string_view tail : {"I hope it is correct", "i hope it is correct", "I hope this is correct"})
    if (const size_t at = line.find(tail); at != std::string_view::npos) line = line.substr(0, at);
  const std::vector<Span> spans = formulas(line);
  if (std::optional<std::string> value = behind_verb(line)) return *value;
  if (!spans.empty() && trimmed(line.substr(0, spans[0].begin)).size() < 40) {
    std::vector<Span> run = {spans[0]};
    for (size_t i = 1; i < spans.size() && joins(line.substr(run.back().end, spans[i].begin - run.back().end)); ++i) run.push_back(spans[i]);
    const std::string_view unit = trimmed(line.substr(run.back().end));
    std::string text = joined_spans(line, run);
    if (unit.starts_with('%') || unit.starts_with("percent") || unit.starts_with("pct")) text += "%";
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

// "The value is 110": the longest ending, cut at spaces, that is an answer.
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

// Program text: what looks like an answer in it is none.
bool is_code(std::string_view text) {
  return text.find("__") != std::string_view::npos || text.find("()") != std::string_view::npos || text.find("('") != std::string_view::npos ||
         text.find("lambda") != std::string_view::npos;
}

// The last number that is no part of a word, with its sign and percent mark.
std::string last_number(std::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    size_t last = text.find_last_of("0123456789", end - 1);
    if (last == std::string_view::npos) return {};
    size_t begin = last;
    while (begin > 0 && (digit(text[begin - 1]) || ((text[begin - 1] == ',' || text[begin - 1] == '.') && begin > 1 && digit(text[begin - 2])))) --begin;
    if (begin > 0 && text[begin - 1] == '.') --begin;
    const std::string_view before = text.substr(0, begin);
    const bool in_word = (begin > 0 && (letter(text[begin - 1]) || text[begin - 1] == '_' || text[begin - 1] == '^')) || before.ends_with("^{") || before.ends_with("_{");
    size_t after = last + 1;
    if (in_word) {
      end = begin;
      if (end == 0) return {};
      continue;
    }
    if (begin > 0 && text[begin - 1] == '-' && (begin == 1 || (!digit(text[begin - 2]) && !letter(text[begin - 2]) && text[begin - 2] != ')'))) --begin;
    if (begin > 1 && text[begin - 1] == '/' && digit(text[begin - 2])) {  // a/b
      size_t numerator = begin - 1;
      while (numerator > 0 && digit(text[numerator - 1])) --numerator;
      if (numerator > 0 && text[numerator - 1] == '-') --numerator;
      begin = numerator;
    }
    std::string out(text.substr(begin, after - begin));
    const std::string_view rest = trimmed(text.substr(after));
    if (rest.starts_with('%') || rest.starts_with("\\%") || rest.starts_with("percent") || rest.starts_with("pct")) out += "%";
    return out;
  }
  return {};
}

// "Therefore, there are 12 …", after the last formula.
std::string concluding_number(std::string_view text) {
  for (const std::string_view word : {"herefore", "hus,", "ence,", "So,", "n total", "onclusion"})
    if (const size_t at = text.rfind(word); at != std::string_view::npos) return last_number(text.substr(at));
  return {};
}

// "The final answer is …" behind the last box is the later word.
bool restated(std::string_view rest) {
  for (const std::string_view marker : {"final answer is", "Final Answer:", "Final answer:"})
    if (const size_t at = rest.rfind(marker); at != std::string_view::npos && rest.find_first_of("0123456789\\$", at) != std::string_view::npos) return true;
  return false;
}

std::optional<Extracted> boxed_answer(std::string_view text, bool boxed_only) {
  bool complete = true;
  const std::vector<Span> found = boxes(text, complete);
  if (found.empty() || (complete && !boxed_only && restated(text.substr(found.back().end)))) return std::nullopt;
  if (!complete) return Extracted{.text = {}, .rule = "the last box is not closed"};
  std::string answer = joined_spans(text, found);
  if (trimmed(answer).empty()) return Extracted{.text = {}, .rule = "the last box is empty"};
  const std::string_view rest = trimmed(text.substr(found.back().end));
  const std::string_view unit = rest.starts_with('$') ? trimmed(rest.substr(1)) : rest;
  if (unit.starts_with("pct") || unit.starts_with("percent")) answer += "%";
  return Extracted{.text = std::move(answer), .rule = "boxed"};
}

// What a line behind a marker says: its answer, or at least its last number.
std::string of_marker(std::string_view line) {
  std::string text = readable_beginning(of_line(line));
  const bool plain = line.find_first_of("$\\\x01") == std::string_view::npos;  // never a number out of a formula that does not parse
  if (readable(text) || is_code(line) || !plain) return text;
  std::string number = last_number(line);
  return number.empty() ? text : number;
}

std::optional<Extracted> tagged_answer(std::string_view text) {
  const size_t open = text.rfind("<answer>");
  if (open == std::string_view::npos) return std::nullopt;
  const size_t begin = open + std::string_view("<answer>").size(), end = text.find("</answer>", begin);
  if (end == std::string_view::npos) return Extracted{.text = {}, .rule = "the answer tag is not closed"};
  return Extracted{.text = stripped(text.substr(begin, end - begin)), .rule = "tag"};
}

bool wants(const AnswerOptions& options, std::string_view reading) {
  return options.extract.empty() || std::find(options.extract.begin(), options.extract.end(), reading) != options.extract.end();
}

// "A: 18", "Ans = 18": a line's label, which is no ratio.
std::string_view without_label(std::string_view line) {
  line = trimmed(line);
  for (const std::string_view label : {"A", "Ans", "ANS", "ans", "Result", "Solution", "Total"}) {
    if (!line.starts_with(label)) continue;
    const std::string_view rest = trimmed(line.substr(label.size()));
    if (rest.starts_with(':')) return trimmed(rest.substr(1));
  }
  return line;
}

// "<|im_end|>" and its relatives end a line.
std::string without_control_tokens(std::string_view text) {
  std::string out;
  size_t from = 0;
  for (size_t open = text.find("<|"); open != std::string_view::npos; open = text.find("<|", open + 1)) {
    const size_t close = text.find("|>", open);
    if (close == std::string_view::npos) break;
    const std::string_view name = text.substr(open + 2, close - open - 2);
    const bool token = !name.empty() && name.size() < 24 && std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (!token || open < from) continue;
    out += text.substr(from, open - from);
    out += '\n';
    from = close + 2;
  }
  return out + std::string(text.substr(from));
}

}  // namespace

Region answer_region(std::string_view response) {
  constexpr std::string_view kClose = "</think>";
  const size_t close = response.rfind(kClose), open = response.rfind("<think>");
  Region region{.text = response};
  region.thought = close != std::string_view::npos;
  region.unfinished = open != std::string_view::npos && (!region.thought || close < open);
  if (region.thought) region.text = response.substr(close + kClose.size());
  if (region.text.size() <= kMostResponseBytes) return region;
  // An unfinished box must be seen even when most of the text stands behind it.
  const size_t tail = region.text.size() - kMostResponseBytes;
  const size_t boxed = region.text.rfind("boxed"), fbox = region.text.rfind("\\fbox");
  const size_t box = boxed == std::string_view::npos ? fbox : fbox == std::string_view::npos ? boxed : std::max(boxed, fbox);
  const size_t begin = box == std::string_view::npos || box >= tail + 64 ? tail : box - std::min<size_t>(box, 64);
  region.text = begin == tail ? region.text.substr(begin) : region.text.substr(begin, kMostResponseBytes);
  return region;
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
  while (!rest.empty() && (rest.front() == ':' || rest.front() == ' ' || rest.front() == '*' || rest.front() == '\n' || rest.front() == '\r')) rest.remove_prefix(1);
  if (rest.starts_with("\\[") || rest.starts_with("$$")) return rest;
  return rest.substr(0, rest.find('\n'));
}

Extracted extract(const Region& region, const AnswerOptions& options) {
  if (options.answer_after_think && (region.unfinished || !region.thought))
    return {.text = {}, .rule = "nothing after a closing think mark"};
  if (region.unfinished) return {.text = {}, .rule = "the think mark is not closed"};
  const std::string lines = without_control_tokens(region.text);
  const std::string_view text = lines;
  if (std::optional<Extracted> box = boxed_answer(text, options.require_boxed)) return std::move(*box);
  if (options.require_boxed) return {.text = {}, .rule = "no box"};
  if (std::optional<Extracted> tag = tagged_answer(text)) return std::move(*tag);
  if (const std::string_view line = after_marker(text); !trimmed(line).empty())
    return {.text = of_marker(line), .rule = "marker"};
  const size_t break_at = text.find_last_of('\n', text.find_last_not_of(" \n\r\t"));
  const std::string_view last_line = trimmed(break_at == std::string_view::npos ? text : text.substr(break_at + 1));
  if (const std::string_view labelled = without_label(last_line); labelled.size() < last_line.size() && !labelled.empty())
    return {.text = of_marker(labelled), .rule = "marker"};
  if (options.require_marker) return {.text = {}, .rule = "no marker"};
  const std::string whole = stripped(text);
  if (whole.empty()) return {.text = {}, .rule = "an empty response"};
  if (whole.size() < 300 && whole.find('$') == std::string::npos && whole.find("\n\n") == std::string::npos && readable(whole))
    return {.text = whole, .rule = "whole", .whole = true};
  if (wants(options, "latex"))
    if (const std::vector<Span> spans = formulas(text); !spans.empty()) {
      if (std::string number = concluding_number(text.substr(spans.back().end)); !number.empty()) return {.text = std::move(number), .rule = "number"};
      std::string formula = joined_spans(text, spans);
      const std::string_view unit = trimmed(text.substr(spans.back().end));
      if (unit.starts_with("percent") || unit.starts_with("pct") || unit.starts_with('%')) formula += "%";
      return {.text = std::move(formula), .rule = "formula"};
    }
  if (whole.size() < 100 && whole.find('\n') == std::string::npos && last_number(whole).empty()) return {.text = whole, .rule = "whole", .whole = true};
  if (is_code(text)) return {.text = {}, .rule = "program text"};
  const std::string last = stripped(last_line);
  if (last.find('\x01') != std::string::npos || (last.size() < 100 && readable(last))) return {.text = last, .rule = "last line"};
  if (std::string tail = readable_ending(last); !tail.empty()) return {.text = std::move(tail), .rule = "number"};
  if (last.find('\\') != std::string::npos || !formulas(last).empty()) return {.text = {}, .rule = "a formula that does not parse"};
  std::string number = last_number(text);
  if (!number.empty()) return {.text = std::move(number), .rule = "number"};
  return {.text = {}, .rule = "no answer in the response"};
}

}  // namespace rlreason::data::math
