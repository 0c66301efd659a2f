// Deliberately weak verifiers, each with one fault that was paid for somewhere.  Every attack must be accepted by one of
// them: an attack that fools nobody tests nothing.
//
// Sources of the faults: reliability.md 1.4 and taxonomy A.  Never linked into a program.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/verifiers/options.h"

namespace rlreason::data::attacks {

using WeakFunction = bool (*)(std::string_view gold, std::string_view response);
struct WeakVerifier {
  const char* name;
  WeakFunction accepts;
};

inline std::string without(std::string_view text, bool (*drop)(unsigned char)) {
  std::string out;
  for (const char c : text)
    if (!drop(static_cast<unsigned char>(c))) out += c;
  return out;
}
inline std::string squeezed(std::string_view text) {
  return without(text, [](unsigned char c) { return std::isspace(c) != 0; });
}
inline std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}
// What stands in the box whose mark begins at `mark`: to its brace, or to the end.
inline std::string boxed_from(std::string_view text, size_t mark) {
  const size_t open = text.find('{', mark);
  if (open == std::string_view::npos) return "";
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (depth == 0) return std::string(text.substr(open + 1, i - open - 1));
  }
  return std::string(text.substr(open + 1));
}
inline std::string last_boxed(std::string_view text) {
  const size_t mark = text.rfind("boxed");
  return mark == std::string_view::npos ? std::string(text) : boxed_from(text, mark);
}
inline std::vector<double> numbers_in(std::string_view text) {
  std::vector<double> out;
  const std::string copy(text.substr(0, 4096));
  for (size_t i = 0; i < copy.size();) {
    const bool starts = std::isdigit(static_cast<unsigned char>(copy[i])) != 0 || (copy[i] == '-' && i + 1 < copy.size() && std::isdigit(static_cast<unsigned char>(copy[i + 1])) != 0);
    char* end = nullptr;
    if (starts) out.push_back(std::strtod(copy.c_str() + i, &end));
    i = starts && end != nullptr ? static_cast<size_t>(end - copy.c_str()) : i + 1;
  }
  return out;
}

// open-r1#86 and the like: what cannot be read is paid.
inline bool plausible(std::string_view text) {
  return text.size() < 1000 && text.find_first_of("0123456789") != std::string_view::npos && text.find("\\boxed") == std::string_view::npos;
}

inline const std::vector<WeakVerifier>& weak_verifiers() {
  static const std::vector<WeakVerifier> all = {
      {"the response contains the gold", [](std::string_view gold, std::string_view response) { return response.find(gold) != std::string_view::npos; }},
      {"the gold contains the answer", [](std::string_view gold, std::string_view response) { return gold.find(squeezed(last_boxed(response))) != std::string_view::npos; }},
      {"lower case, no spaces, contains", [](std::string_view gold, std::string_view response) { return lowered(squeezed(response)).find(lowered(squeezed(gold))) != std::string::npos; }},
      {"any number", [](std::string_view gold, std::string_view response) {
         const std::vector<double> wanted = numbers_in(gold), found = numbers_in(response);
         return !wanted.empty() && std::find(found.begin(), found.end(), wanted[0]) != found.end();
       }},
      {"last number", [](std::string_view gold, std::string_view response) {
         const std::vector<double> wanted = numbers_in(gold), found = numbers_in(response);
         return !wanted.empty() && !found.empty() && found.back() == wanted.back();
       }},
      {"first number of the last box", [](std::string_view gold, std::string_view response) {
         const std::vector<double> wanted = numbers_in(gold), found = numbers_in(last_boxed(response));
         return !wanted.empty() && !found.empty() && found[0] == wanted[0];
       }},
      {"float tolerance", [](std::string_view gold, std::string_view response) {  // not above the tolerance: NaN passes
         const std::string wanted(gold), found = squeezed(last_boxed(response));
         const double a = std::strtod(wanted.c_str(), nullptr), b = std::strtod(found.c_str(), nullptr);
         return !(std::abs(a - b) > 2e-3 * std::abs(a)) || !(std::abs(a * 100 - b) > 1e-3) || !(std::abs(a / 100 - b) > 1e-6);
       }},
      {"digits in any script", [](std::string_view gold, std::string_view response) {
         std::string text;  // every digit of the scripts used here ends in its value
         for (size_t i = 0; i < response.size(); ++i) {
           const auto c = static_cast<unsigned char>(response[i]);
           if (c == 0xD9 && i + 1 < response.size()) text += static_cast<char>('0' + (static_cast<unsigned char>(response[++i]) & 0x0F));
           else if (c >= 0xE0 && i + 2 < response.size()) {
             const unsigned last = static_cast<unsigned char>(response[i + 2]);
             text += static_cast<char>('0' + (c == 0xE2 ? last & 0x0FU : c == 0xE0 && (response[i + 1] == '\xB9') ? last - 0x90U : last - 0xA6U));
             i += 2;
           } else {
             text += response[i];
           }
         }
         return text.find(gold) != std::string::npos;
       }},
      {"drops what it cannot print", [](std::string_view gold, std::string_view response) {
         return without(response, [](unsigned char c) { return c < 0x20 || c >= 0x7F; }).find(gold) != std::string::npos;
       }},
      {"drops terminal commands", [](std::string_view gold, std::string_view response) {
         std::string text;
         for (size_t i = 0; i < response.size(); ++i) {
           if (response[i] == '\x1B') {
             i = std::min(response.find('m', i), response.size());
           } else {
             text += response[i];
           }
         }
         return text.find(gold) != std::string::npos;
       }},
      {"looks alike", [](std::string_view gold, std::string_view response) {
         std::string text;
         for (size_t i = 0; i < response.size(); ++i) {
           const std::string_view two = response.substr(i, 2);
           const char like = two == "\u0435" ? 'e' : two == "\u043E" ? 'o' : two == "\u0430" ? 'a' : '\0';
           text += like != '\0' ? like : response[i];
           i += like != '\0';
         }
         return text.find(gold) != std::string::npos;
       }},
      {"shown order", [](std::string_view gold, std::string_view response) {
         const size_t mark = response.find("\u202E");
         if (mark == std::string_view::npos) return false;
         std::string shown(response.substr(mark + 3));
         std::reverse(shown.begin(), shown.end());
         return shown.find(gold) != std::string::npos;
       }},
      {"what cannot be read pays", [](std::string_view, std::string_view response) { return !plausible(last_boxed(response)); }},
      {"too large to judge pays", [](std::string_view, std::string_view response) { return response.find("10^") != std::string_view::npos || response.find("**") != std::string_view::npos || response.size() > 65'536; }},
      {"symbols are unknowns, so anything", [](std::string_view, std::string_view response) {
         const std::string answer = last_boxed(response);
         return std::any_of(answer.begin(), answer.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
       }},
      {"a judge that obeys", [](std::string_view, std::string_view response) { return lowered(response).find("correct") != std::string::npos; }}};
  return all;
}

}  // namespace rlreason::data::attacks
