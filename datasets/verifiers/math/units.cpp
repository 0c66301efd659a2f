#include "datasets/verifiers/math/units.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace rlreason::data::math {
namespace {

struct Entry {
  std::string_view name, dimension;
  int64_t numerator = 1;
  uint64_t denominator = 1;
};

// Scales are to the first unit of a dimension; degrees are a number.
constexpr Entry kUnits[] = {{"m", "length"},
                            {"meter", "length"},
                            {"metre", "length"},
                            {"cm", "length", 1, 100},
                            {"centimeter", "length", 1, 100},
                            {"centimetre", "length", 1, 100},
                            {"mm", "length", 1, 1000},
                            {"millimeter", "length", 1, 1000},
                            {"dm", "length", 1, 10},
                            {"km", "length", 1000},
                            {"kilometer", "length", 1000},
                            {"kilometre", "length", 1000},
                            {"nm", "length", 1, 1000000000},
                            {"inch", "length", 254, 10000},
                            {"inches", "length", 254, 10000},
                            {"in", "length", 254, 10000},
                            {"ft", "length", 3048, 10000},
                            {"foot", "length", 3048, 10000},
                            {"feet", "length", 3048, 10000},
                            {"yard", "length", 9144, 10000},
                            {"yd", "length", 9144, 10000},
                            {"mile", "length", 1609344, 1000},
                            {"mi", "length", 1609344, 1000},
                            {"kg", "mass", 1000},
                            {"kilogram", "mass", 1000},
                            {"g", "mass"},
                            {"gram", "mass"},
                            {"mg", "mass", 1, 1000},
                            {"ton", "mass", 1000000},
                            {"tonne", "mass", 1000000},
                            {"lb", "mass", 45359237, 100000},
                            {"lbs", "mass", 45359237, 100000},
                            {"pound", "mass", 45359237, 100000},
                            {"ounce", "mass", 45359237, 1600000},
                            {"oz", "mass", 45359237, 1600000},
                            {"s", "time"},
                            {"sec", "time"},
                            {"second", "time"},
                            {"min", "time", 60},
                            {"minute", "time", 60},
                            {"h", "time", 3600},
                            {"hr", "time", 3600},
                            {"hrs", "time", 3600},
                            {"hour", "time", 3600},
                            {"day", "time", 86400},
                            {"week", "time", 604800},
                            {"ms", "time", 1, 1000},
                            {"month", "month"},
                            {"year", "month", 12},
                            {"yr", "month", 12},
                            {"L", "volume"},
                            {"l", "volume"},
                            {"liter", "volume"},
                            {"litre", "volume"},
                            {"mL", "volume", 1, 1000},
                            {"ml", "volume", 1, 1000},
                            {"milliliter", "volume", 1, 1000},
                            {"gallon", "gallon"},
                            {"quart", "gallon", 1, 4},
                            {"pint", "gallon", 1, 8},
                            {"cup", "gallon", 1, 16},
                            {"cent", "money", 1, 100},
                            {"dollar", "money"},
                            {"degree", "degree"},
                            {"deg", "degree"},
                            {"radian", "radian"},
                            {"rad", "radian"},
                            {"mph", "length time^-1", 1609344, 3600000},
                            {"kph", "length time^-1", 1000, 3600},
                            {"kmh", "length time^-1", 1000, 3600},
                            {"N", "force"},
                            {"newton", "force"},
                            {"kN", "force", 1000},
                            {"J", "energy"},
                            {"joule", "energy"},
                            {"kJ", "energy", 1000},
                            {"W", "power"},
                            {"watt", "power"},
                            {"kW", "power", 1000},
                            {"V", "voltage"},
                            {"volt", "voltage"},
                            {"A", "current"},
                            {"amp", "current"},
                            {"ohm", "resistance"},
                            {"Hz", "frequency"},
                            {"Pa", "pressure"},
                            {"K", "temperature"},
                            {"mol", "amount"},
                            {"eV", "electronvolt"},
                            {"euro", "euro"},
                            {"yuan", "yuan"},
                            {"rupee", "rupee"},
                            {"unit", ""},
                            {"people", ""},
                            {"point", ""},
                            {"way", ""},
                            {"time", ""}};

const Entry* find(std::string_view name) {
  const auto at = [&](std::string_view wanted) -> const Entry* {
    const auto* found = std::find_if(std::begin(kUnits), std::end(kUnits),
                                     [&](const Entry& e) { return e.name == wanted; });
    return found == std::end(kUnits) ? nullptr : found;
  };
  if (const Entry* exact = at(name)) return exact;
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower.size() < 4) return nullptr;
  if (const Entry* folded = at(lower)) return folded;
  if (lower.ends_with('s')) return at(std::string_view(lower).substr(0, lower.size() - 1));
  return nullptr;
}

}  // namespace

bool is_unit(std::string_view name) { return find(name) != nullptr; }

bool may_name_a_count(std::string_view word) {
  constexpr std::array<std::string_view, 34> kNot = {
      "because", "is",   "are",  "was",   "not",  "no",      "wrong",   "if",    "when",
      "where",   "for",  "only", "but",   "so",   "then",    "since",   "which", "that",
      "to",      "from", "with", "times", "plus", "minus",   "divided", "mod",   "in",
      "or",      "and",  "than", "least", "most", "million", "billion"};
  return word.size() > 1 && std::find(kNot.begin(), kNot.end(), word) == kNot.end() &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == ' ' || c == '-';
         });
}

// "cm^2", "km/h", "m/s^2", "square cm"
Unit unit_of(const std::string& name) {
  std::map<std::string, int64_t> powers;
  Unit out;
  int64_t side = 1;
  size_t begin = 0;
  while (begin <= name.size()) {
    size_t end = name.find_first_of("/*", begin);
    if (end == std::string::npos) end = name.size();
    std::string part = name.substr(begin, end - begin);
    int64_t power = side;
    if (const size_t caret = part.find('^'); caret != std::string::npos &&
                                             caret + 2 == part.size() && part[caret + 1] >= '1' &&
                                             part[caret + 1] <= '9') {
      power *= part[caret + 1] - '0';
      part.resize(caret);
    }
    const Entry* entry = find(part);
    if (entry == nullptr || entry->dimension.empty()) return {};
    powers[std::string(entry->dimension)] += power;
    out.scale = out.scale * Rational(entry->numerator, entry->denominator).power(power);
    if (end < name.size()) side = name[end] == '/' ? -1 : 1;
    begin = end + 1;
  }
  for (const auto& [dimension, power] : powers)
    out.dimension += (out.dimension.empty() ? "" : " ") + dimension +
                     (power == 1 ? "" : "^" + std::to_string(power));
  return out;
}

}  // namespace rlreason::data::math
