#include "datasets/verifiers/profiles/grading.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

#include "datasets/verifiers/math/comparison.h"
#include "datasets/verifiers/math/judge.h"
#include "datasets/verifiers/math/lexer.h"
#include "datasets/verifiers/math/parser.h"
#include "datasets/verifiers/math/text_form.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::profiles {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::optional<math::Expression> tree_of(std::string_view text) {
  const std::string bare = math::stripped(math::fold(text).text);
  if (bare.empty() || bare.size() > math::kMostAnswerBytes) return std::nullopt;
  try {
    return math::parse(bare);
  } catch (const math::Unparsable&) {
    return std::nullopt;
  } catch (const math::Limit&) {
    return std::nullopt;
  }
}

double double_of(const math::Expression& node) {
  using math::Kind;
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto item = [&](size_t i) { return double_of(node.items[i]); };
  switch (node.kind) {
    case Kind::number: return as_float(math::to_text(node)).value_or([&] {
      const std::string text = math::to_text(node);
      const size_t slash = text.find('/');
      if (slash == std::string::npos) return kNone;
      return as_float(text.substr(0, slash)).value_or(kNone) / as_float(text.substr(slash + 1)).value_or(kNone);
    }());
    case Kind::constant: return node.name == "pi" ? std::numbers::pi : node.name == "e" ? std::numbers::e : kNone;
    case Kind::add: {
      double sum = 0;
      for (size_t i = 0; i < node.items.size(); ++i) sum += item(i);
      return sum;
    }
    case Kind::mul: {
      double product = 1;
      for (size_t i = 0; i < node.items.size(); ++i) product *= item(i);
      return product;
    }
    case Kind::power: return std::pow(item(0), item(1));
    case Kind::percent: return item(0) / 100;
    case Kind::call:
      if (node.items.size() != 1) return kNone;
      if (node.name == "sqrt") return std::sqrt(item(0));
      if (node.name == "factorial") return std::tgamma(item(0) + 1);
      if (node.name == "ln" || node.name == "log") return std::log(item(0));
      return kNone;
    default: return kNone;
  }
}

std::string cut_before(std::string text, std::string_view mark) {
  const size_t at = text.find(mark);
  return at == std::string::npos ? text : text.substr(0, at);
}

}  // namespace

std::string_view tail(std::string_view response) { return response.size() > kMostRead ? response.substr(response.size() - kMostRead) : response; }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  std::string out;
  size_t at = 0;
  for (size_t next; (next = text.find(from, at)) != std::string::npos; at = next + from.size()) {
    out.append(text, at, next - at);
    out.append(to);
  }
  return at == 0 ? text : out.append(text, at, std::string::npos);
}

std::string without_spaces(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') out += c;
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::optional<std::string> last_box(std::string_view text, Unclosed unclosed, bool fbox) {
  size_t at = text.rfind("\\boxed");
  size_t name = 6;
  if (fbox)
    if (const size_t frame = text.rfind("\\fbox"); frame != std::string_view::npos && (at == std::string_view::npos || frame > at)) at = frame, name = 5;
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(at + name);
  if (rest.starts_with(' ') && rest.find('{') != 1) return std::string(rest.substr(1, rest.find('$') - 1));
  const size_t open = rest.find('{');
  if (open == std::string_view::npos) return unclosed == Unclosed::rest ? std::optional<std::string>(rest.substr(0, rest.find('$'))) : std::nullopt;
  int depth = 0;
  for (size_t i = open; i < rest.size(); ++i) {
    depth += rest[i] == '{' ? 1 : rest[i] == '}' ? -1 : 0;
    if (depth == 0) return std::string(rest.substr(open + 1, i - open - 1));
  }
  return unclosed == Unclosed::rest ? std::optional<std::string>(rest.substr(open + 1)) : std::nullopt;
}

std::optional<std::string> after_last(std::string_view text, std::string_view marker) {
  const size_t at = text.rfind(marker);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + marker.size());
  return std::string(trimmed(rest.substr(0, rest.find('\n'))));
}

std::optional<double> as_float(std::string_view text) {
  const std::string plain = replaced(std::string(trimmed(text)), ",", "");
  double value = 0;
  const char* begin = plain.data() + (plain.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, plain.data() + plain.size(), value);
  if (plain.empty() || end != plain.data() + plain.size() || (error != std::errc() && error != std::errc::result_out_of_range)) return std::nullopt;
  if (error == std::errc::result_out_of_range) value = plain[0] == '-' ? -HUGE_VAL : HUGE_VAL;
  return std::isnan(value) ? std::nullopt : std::optional<double>(value);
}

std::string with_braces(std::string text) {
  for (const std::string_view command : {"\\frac", "\\sqrt"}) {
    const int arguments = command == "\\frac" ? 2 : 1;
    std::string out;
    size_t at = 0;
    for (size_t next; (next = text.find(command, at)) != std::string::npos;) {
      out.append(text, at, next + command.size() - at);
      at = next + command.size();
      for (int i = 0; i < arguments && at < text.size() && text[at] != '{' && text[at] != '[' && !(text[at] == '\\'); ++i) out += std::string("{") + text[at++] + "}";
    }
    text = out.append(text, at, std::string::npos);
  }
  const size_t slash = text.find('/');
  const auto whole = [](std::string_view side) { return !side.empty() && side.find_first_not_of("0123456789", side[0] == '-' ? 1 : 0) == std::string_view::npos; };
  if (slash != std::string::npos && slash == text.rfind('/') && whole(std::string_view(text).substr(0, slash)) && whole(std::string_view(text).substr(slash + 1)))
    return "\\frac{" + text.substr(0, slash) + "}{" + text.substr(slash + 1) + "}";
  return text;
}

std::string hendrycks_form(std::string_view raw) {
  std::string text(raw);
  for (const std::string_view gone : {"\n", "\\!", "\\left", "\\right", "^{\\circ}", "^\\circ", "\\$", "\\%", "%"}) text = replaced(std::move(text), gone, "");
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{{"\\\\", "\\"}, {"tfrac", "frac"}, {"dfrac", "frac"}, {" .", " 0."}, {"{.", "{0."}})
    text = replaced(std::move(text), from, to);
  text = cut_before(std::move(text), "\\text{ ");
  if (text.starts_with('.')) text.insert(0, "0");
  if (const size_t equals = text.find('='); equals != std::string::npos && equals == text.rfind('=') && trimmed(std::string_view(text).substr(0, equals)).size() <= 2)
    text = text.substr(equals + 1);
  text = without_spaces(text);
  return with_braces(text == "0.5" ? "\\frac{1}{2}" : text);
}

std::string without_units_anywhere(std::string_view text) {
  constexpr std::array<std::string_view, 38> kWords = {"degrees", "degree", "sec", "seconds", "second", "minutes", "minute", "hours", "hour", "days", "day", "miles", "mile", "mph", "kmph", "cm", "km", "ft", "feet",
                                                       "inches", "inch", "meters", "meter", "dollars", "dollar", "cents", "points", "units", "unit", "square", "gm", "kg", "a", "c", "d", "h", "m", "s"};
  std::string out(text);
  for (const std::string_view word : kWords)
    for (size_t at = 0; (at = out.find(word, at)) != std::string::npos;) {
      const bool alone = (at == 0 || !letter(out[at - 1])) && (at + word.size() == out.size() || !letter(out[at + word.size()]));
      if (alone) out.erase(at, word.size());
      else at += word.size();
    }
  return out;
}

std::string minerva_form(std::string_view raw) {
  std::string text(raw);
  if (const size_t equals = text.rfind('='); equals != std::string::npos) text = text.substr(equals + 1);
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
           {"an ", ""}, {"a ", ""}, {".$", "$"}, {"\\$", ""}, {"\\ ", ""}, {" ", ""}, {"mbox", "text"}, {",\\text{and}", ","}, {"\\text{and}", ","}, {"\\text{m}", "\\text{}"}})
    text = replaced(std::move(text), from, to);
  for (const std::string_view gone : {"square", "ways", "integers", "dollars", "mph", "inches", "ft", "hours", "km", "units", "\\ldots", "sue", "points", "feet", "minutes", "digits", "cents", "degrees", "cm",
                                      "gm", "pounds", "meters", "meals", "edges", "students", "children", "tickets", "multiples", "\\text{s}", "\\text{.}", "\\text{\ns}", "\\text{}^2", "\\text{}^3",
                                      "\\text{\n}", "\\text{}", "\\mathrm{th}", "^\\circ", "^{\\circ}", "\\;", ",\\!", "{,}", "\"", "\\dots"})
    text = replaced(std::move(text), gone, "");
  for (const std::string_view wrapper : {"\\text{", "\\textbf{", "\\overline{", "\\boxed{"})
    if (const size_t at = text.find(wrapper); at != std::string::npos)
      if (const size_t end = text.find('}', at); end != std::string::npos) text = text.substr(0, at) + text.substr(at + wrapper.size(), end - at - wrapper.size()) + text.substr(end + 1);
  if (const size_t open = text.find('$'); open != std::string::npos && text.rfind('$') > open) text = text.substr(open + 1, text.rfind('$') - open - 1);
  for (const std::string_view command : {"tfrac", "dfrac"}) text = replaced(std::move(text), command, "frac");
  text = with_braces(replaced(replaced(std::move(text), "$", ""), "\\,", ""));
  const std::string digits = replaced(text, ",", "");
  return !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos ? digits : text;
}

bool parses(std::string_view text) { return tree_of(text).has_value(); }

bool equal_formulas(std::string_view gold, std::string_view answer, const AnswerOptions& options) {
  const std::optional<math::Expression> a = tree_of(gold), b = tree_of(answer);
  if (!a || !b) return false;
  try {
    math::Fuel fuel;
    return math::compare(*a, *b, options, fuel).equal;
  } catch (const math::Limit&) {
    return false;
  }
}

std::optional<double> float_value(std::string_view formula) {
  const std::optional<math::Expression> tree = tree_of(formula);
  if (!tree) return std::nullopt;
  const double value = double_of(*tree);
  return std::isnan(value) ? std::nullopt : std::optional<double>(value);
}

bool mixed_number(std::string_view text) {
  const size_t at = text.find("\\frac");
  return at != std::string_view::npos && at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9';
}

bool has_degree_sign(std::string_view text) { return text.find("\u00B0") != std::string_view::npos; }

std::string without_base(std::string_view text) {
  const size_t base = text.rfind('_');
  const bool digits = text.find_first_not_of("0123456789_{}") == std::string_view::npos;
  return std::string(base != std::string_view::npos && digits ? text.substr(0, base) : text);
}

Sides split_items(std::string_view text) {
  text = trimmed(text);
  Sides out;
  const auto starts = [&](std::string_view mark) { return text.starts_with(mark); };
  const std::string_view open = starts("\\{") ? "\\{" : starts("(") ? "(" : starts("[") ? "[" : "";
  const std::string_view close = text.ends_with("\\}") ? "\\}" : text.ends_with(")") ? ")" : text.ends_with("]") ? "]" : "";
  std::string_view inside = text;
  if (!open.empty() && !close.empty() && text.size() > open.size() + close.size()) {
    inside = text.substr(open.size(), text.size() - open.size() - close.size());
    if (inside.find_first_of("()[]") == std::string_view::npos) out.open = open, out.close = close;
    else inside = text;
  }
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= inside.size(); ++i) {
    if (i < inside.size()) depth += inside[i] == '{' || inside[i] == '(' || inside[i] == '[' ? 1 : inside[i] == '}' || inside[i] == ')' || inside[i] == ']' ? -1 : 0;
    if (i != inside.size() && (inside[i] != ',' || depth != 0)) continue;
    out.items.emplace_back(trimmed(inside.substr(begin, i - begin)));
    begin = i + 1;
  }
  return out;
}

std::string boxed_gold(const Question& question) { return "\\boxed{" + std::string(question.gold) + "}"; }

Verdict no_answer(std::string reason) { return {.outcome = Outcome::wrong, .rule = "no_answer", .reason = std::move(reason)}; }

Verdict verdict_of(bool right, std::string rule, std::string answer) {
  Verdict verdict{.outcome = right ? Outcome::right : Outcome::wrong, .rule = std::move(rule), .answer = std::move(answer)};
  if (!right) verdict.reason = "differs from the gold answer";
  verdict.fuel = static_cast<int64_t>(verdict.answer.size());
  return verdict;
}

}  // namespace rlreason::data::profiles
