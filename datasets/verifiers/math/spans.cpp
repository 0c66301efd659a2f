#include "datasets/verifiers/math/spans.h"

#include <algorithm>
#include <optional>

#include "datasets/verifiers/math/characters.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::math {
namespace {

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
  while (end < text.size() && text[end] != '$' && text[end] != ' ' && text[end] != '\n' &&
         text[end] != '\\')
    ++end;
  complete = end > begin;
  return Span{at, end, begin, end};
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

}  // namespace

std::vector<Span> boxes(std::string_view text, bool& last_complete) {
  constexpr size_t kMost = 32;
  std::vector<size_t> marks;
  for (size_t at = text.size(); marks.size() < kMost && at > 0;) {
    const size_t boxed = text.rfind("boxed", at - 1), fbox = text.rfind("\\fbox", at - 1);
    const size_t found = boxed == std::string_view::npos  ? fbox
                         : fbox == std::string_view::npos ? boxed
                                                          : std::max(boxed, fbox);
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
    if (!named &&
        (mark == 0 || (text[mark - 1] != ' ' && text[mark - 1] != '$' && text[mark - 1] != '\n')))
      continue;
    bool complete = false;
    std::optional<Span> span = box_at(text, mark, 5, complete);
    if (!span || (!named && text[std::min(mark + 5, text.size() - 1)] != '{')) continue;
    if (slash) --span->begin;
    out.push_back(*span);
    last_complete = complete;
  }
  return out;
}

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
      if (c == ',' || c == ';' || c == '&')
        comma_last = true;
      else if (c != ' ')
        return false;
    }
  }
  flush();
  return (comma_last && words == 0) || (words <= 4 && words > 0 && (last == "and" || last == "or"));
}

std::string joined_spans(std::string_view text, const std::vector<Span>& spans) {
  size_t first = spans.size() - 1;
  while (first > 0 &&
         joins(text.substr(spans[first - 1].end, spans[first].begin - spans[first - 1].end)))
    --first;
  std::string out;
  for (size_t i = first; i < spans.size(); ++i)
    out +=
        (out.empty() ? "" : " , ") +
        std::string(text.substr(spans[i].inner_begin, spans[i].inner_end - spans[i].inner_begin));
  return out;
}

std::vector<Span> formulas(std::string_view text) {
  std::vector<Span> out;
  for (size_t at = 0; at < text.size(); ++at) {
    std::string_view close;
    size_t width = 2;
    if (text.substr(at).starts_with("\\$")) {
      ++at;
      continue;
    }
    if (text.substr(at).starts_with("$$"))
      close = "$$";
    else if (text[at] == '$')
      close = "$", width = 1;
    else if (text.substr(at).starts_with("\\("))
      close = "\\)";
    else if (text.substr(at).starts_with("\\["))
      close = "\\]";
    else
      continue;
    size_t end = text.find(close, at + width);
    while (close[0] == '$' && end != std::string_view::npos && text[end - 1] == '\\')
      end = text.find(close, end + 1);
    if (end == std::string_view::npos) {
      if (close == "$") continue;
      break;
    }
    const bool price = close == "$" && ((end + 1 < text.size() && digit(text[end + 1])) ||
                                        !is_formula(text.substr(at + 1, end - at - 1)));
    if (price) continue;
    if (end > at + width) out.push_back({at, end + close.size(), at + width, end});
    at = end + close.size() - 1;
  }
  return out;
}

}  // namespace rlreason::data::math
