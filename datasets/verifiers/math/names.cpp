#include "datasets/verifiers/math/names.h"

#include <algorithm>
#include <array>

namespace rlreason::data::math {
namespace {

constexpr std::array<std::string_view, 47> kFunctions = {
    "sin",    "cos",    "tan",  "cot",  "sec",    "csc",    "arcsin", "arccos", "arctan", "arccot",
    "arcsec", "arccsc", "asin", "acos", "atan",   "sinh",   "cosh",   "tanh",   "coth",   "log",
    "ln",     "lg",     "exp",  "sqrt", "abs",    "floor",  "ceil",   "max",    "min",    "gcd",
    "lcm",    "det",    "arg",  "Re",   "Im",     "sgn",    "sign",   "binom",  "cbrt",   "deg",
    "dim",    "ker",    "tr",   "rank", "arsinh", "arcosh", "artanh"};

bool capital(const Expression& e) {
  return e.is(Kind::symbol) && !e.name.empty() && e.name[0] >= 'A' && e.name[0] <= 'Z';
}

bool is_segment(const Expression& e) {
  return capital(e) || (e.is(Kind::mul) && std::all_of(e.items.begin(), e.items.end(), capital));
}

}  // namespace

bool is_function(std::string_view name) {
  return std::find(kFunctions.begin(), kFunctions.end(), name) != kFunctions.end();
}

bool is_trigonometric(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"sin", "cos", "tan", "cot", "sec", "csc"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_word(std::string_view run) {
  constexpr std::array<std::string_view, 12> kShort = {"is",  "of",  "the", "for", "if",  "no",
                                                       "not", "per", "yes", "by",  "are", "all"};
  if (std::find(kShort.begin(), kShort.end(), run) != kShort.end()) return true;
  const bool capitals =
      std::all_of(run.begin(), run.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return run.size() > (capitals ? 6U : 3U);
}

bool is_name(const Expression& e) {
  const auto all = [&] { return std::all_of(e.items.begin(), e.items.end(), is_name); };
  switch (e.kind) {
    case Kind::symbol:
    case Kind::text:
      return true;
    case Kind::constant:
      return e.name == "e" || e.name == "i";
    case Kind::call: {
      constexpr std::array<std::string_view, 4> kUnknown = {"f", "g", "abs", "det"};
      const bool unknown = std::find(kUnknown.begin(), kUnknown.end(), e.name) != kUnknown.end();
      return unknown && (e.name.size() == 1 || is_segment(e.items[0]));
    }
    case Kind::mul: {
      if (is_segment(e)) return true;
      // NO/BO; P(A), which reads as a product
      const bool quotient = e.items.size() == 2 && is_segment(e.items[0]) &&
                            e.items[1].is(Kind::power) && is_segment(e.items[1].items[0]);
      return quotient;
    }
    case Kind::power:
      return capital(e.items[0]) || (e.items[0].is(Kind::symbol) && e.items[0].name == "f");
    case Kind::tuple:
    case Kind::ratio:
    case Kind::list:
      return all();
    case Kind::quantity:
      return is_name(e.items[0]);
    default:
      return false;
  }
}

}  // namespace rlreason::data::math
