#include "datasets/verifiers/math/extract.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "datasets/verifiers/math/fuel.h"
#include "datasets/verifiers/math/phrases.h"
#include "datasets/verifiers/math/spans.h"
#include "datasets/verifiers/math/text_form.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::math {
namespace {

// "The final answer is …" behind the last box is the later word.
bool restated(std::string_view rest) {
  for (const std::string_view marker : {"final answer is", "Final Answer:", "Final answer:"})
    if (const size_t at = rest.rfind(marker);
        at != std::string_view::npos &&
        rest.find_first_of("0123456789\\$", at) != std::string_view::npos)
      return true;
  return false;
}

std::optional<Extracted> boxed_answer(std::string_view text, bool boxed_only) {
  bool complete = true;
  const std::vector<Span> found = boxes(text, complete);
  if (found.empty() || (complete && !boxed_only && restated(text.substr(found.back().end))))
    return std::nullopt;
  if (!complete) return Extracted{.text = {}, .rule = "the last box is not closed"};
  std::string answer = joined_spans(text, found);
  if (trimmed(answer).empty()) return Extracted{.text = {}, .rule = "the last box is empty"};
  const std::string_view rest = trimmed(text.substr(found.back().end));
  const std::string_view unit = rest.starts_with('$') ? trimmed(rest.substr(1)) : rest;
  if (unit.starts_with("pct") || unit.starts_with("percent")) answer += "%";
  return Extracted{.text = std::move(answer), .rule = "boxed"};
}

std::optional<Extracted> tagged_answer(std::string_view text) {
  const size_t open = text.rfind("<answer>");
  if (open == std::string_view::npos) return std::nullopt;
  const size_t begin = open + std::string_view("<answer>").size(),
               end = text.find("</answer>", begin);
  if (end == std::string_view::npos)
    return Extracted{.text = {}, .rule = "the answer tag is not closed"};
  return Extracted{.text = stripped(text.substr(begin, end - begin)), .rule = "tag"};
}

bool wants(const AnswerOptions& options, std::string_view reading) {
  return options.extract.empty() || std::find(options.extract.begin(), options.extract.end(),
                                              reading) != options.extract.end();
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
  const size_t box = boxed == std::string_view::npos  ? fbox
                     : fbox == std::string_view::npos ? boxed
                                                      : std::max(boxed, fbox);
  const size_t begin =
      box == std::string_view::npos || box >= tail + 64 ? tail : box - std::min<size_t>(box, 64);
  region.text =
      begin == tail ? region.text.substr(begin) : region.text.substr(begin, kMostResponseBytes);
  return region;
}

Extracted extract(const Region& region, const AnswerOptions& options) {
  if (options.answer_after_think && (region.unfinished || !region.thought))
    return {.text = {}, .rule = "nothing after a closing think mark"};
  if (region.unfinished) return {.text = {}, .rule = "the think mark is not closed"};
  const std::string lines = without_control_tokens(region.text);
  const std::string_view text = lines;
  if (std::optional<Extracted> box = boxed_answer(text, options.require_boxed))
    return std::move(*box);
  if (options.require_boxed) return {.text = {}, .rule = "no box"};
  if (std::optional<Extracted> tag = tagged_answer(text)) return std::move(*tag);
  if (const std::string_view line = after_marker(text); !trimmed(line).empty())
    return {.text = of_marker(line), .rule = "marker"};
  const size_t break_at = text.find_last_of('\n', text.find_last_not_of(" \n\r\t"));
  const std::string_view last_line =
      trimmed(break_at == std::string_view::npos ? text : text.substr(break_at + 1));
  if (const std::string_view labelled = without_label(last_line);
      labelled.size() < last_line.size() && !labelled.empty())
    return {.text = of_marker(labelled), .rule = "marker"};
  if (options.require_marker) return {.text = {}, .rule = "no marker"};
  const std::string whole = stripped(text);
  if (whole.empty()) return {.text = {}, .rule = "an empty response"};
  if (whole.size() < 300 && whole.find('$') == std::string::npos &&
      whole.find("\n\n") == std::string::npos && readable(whole))
    return {.text = whole, .rule = "whole", .whole = true};
  if (wants(options, "latex"))
    if (const std::vector<Span> spans = formulas(text); !spans.empty()) {
      if (std::string number = concluding_number(text.substr(spans.back().end)); !number.empty())
        return {.text = std::move(number), .rule = "number"};
      std::string formula = joined_spans(text, spans);
      const std::string_view unit = trimmed(text.substr(spans.back().end));
      if (unit.starts_with("percent") || unit.starts_with("pct") || unit.starts_with('%'))
        formula += "%";
      return {.text = std::move(formula), .rule = "formula"};
    }
  if (whole.size() < 100 && whole.find('\n') == std::string::npos && last_number(whole).empty())
    return {.text = whole, .rule = "whole", .whole = true};
  if (is_code(text)) return {.text = {}, .rule = "program text"};
  const std::string last = stripped(last_line);
  if (last.find('\x01') != std::string::npos || (last.size() < 100 && readable(last)))
    return {.text = last, .rule = "last line"};
  if (std::string tail = readable_ending(last); !tail.empty())
    return {.text = std::move(tail), .rule = "number"};
  if (last.find('\\') != std::string::npos || !formulas(last).empty())
    return {.text = {}, .rule = "a formula that does not parse"};
  std::string number = last_number(text);
  if (!number.empty()) return {.text = std::move(number), .rule = "number"};
  return {.text = {}, .rule = "no answer in the response"};
}

}  // namespace rlreason::data::math
