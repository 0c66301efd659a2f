#include "datasets/verifiers/math/text_form.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/utf8.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::math {
namespace {

using Entry = std::pair<uint32_t, std::string_view>;

// Sorted by code point.
constexpr Entry kFolds[] = {{0x00A0, " "},
                            {0x00A3, "\\$"},
                            {0x00A5, "\\$"},
                            {0x00B0, "^\\circ "},
                            {0x00B1, "\\pm "},
                            {0x00B2, "^{2}"},
                            {0x00B3, "^{3}"},
                            {0x00B7, "\\cdot "},
                            {0x00B9, "^{1}"},
                            {0x00BC, "\\frac{1}{4}"},
                            {0x00BD, "\\frac{1}{2}"},
                            {0x00BE, "\\frac{3}{4}"},
                            {0x00D7, "\\times "},
                            {0x00F7, "\\div "},
                            {0x0393, "\\Gamma "},
                            {0x0394, "\\Delta "},
                            {0x0398, "\\Theta "},
                            {0x039B, "\\Lambda "},
                            {0x03A0, "\\Pi "},
                            {0x03A3, "\\Sigma "},
                            {0x03A6, "\\Phi "},
                            {0x03A8, "\\Psi "},
                            {0x03A9, "\\Omega "},
                            {0x03B1, "\\alpha "},
                            {0x03B2, "\\beta "},
                            {0x03B3, "\\gamma "},
                            {0x03B4, "\\delta "},
                            {0x03B5, "\\epsilon "},
                            {0x03B6, "\\zeta "},
                            {0x03B7, "\\eta "},
                            {0x03B8, "\\theta "},
                            {0x03B9, "\\iota "},
                            {0x03BA, "\\kappa "},
                            {0x03BB, "\\lambda "},
                            {0x03BC, "\\mu "},
                            {0x03BD, "\\nu "},
                            {0x03BE, "\\xi "},
                            {0x03C0, "\\pi "},
                            {0x03C1, "\\rho "},
                            {0x03C3, "\\sigma "},
                            {0x03C4, "\\tau "},
                            {0x03C6, "\\phi "},
                            {0x03C7, "\\chi "},
                            {0x03C8, "\\psi "},
                            {0x03C9, "\\omega "},
                            {0x03D5, "\\phi "},
                            {0x2002, " "},
                            {0x2003, " "},
                            {0x2009, " "},
                            {0x200A, " "},
                            {0x2010, "-"},
                            {0x2011, "-"},
                            {0x2012, "-"},
                            {0x2013, "-"},
                            {0x2014, "-"},
                            {0x2018, "'"},
                            {0x2019, "'"},
                            {0x201C, "\""},
                            {0x201D, "\""},
                            {0x2026, "\\ldots "},
                            {0x202F, " "},
                            {0x2032, "'"},
                            {0x2033, "''"},
                            {0x20AC, "\\$"},
                            {0x2102, "\\mathbb{C}"},
                            {0x2115, "\\mathbb{N}"},
                            {0x211A, "\\mathbb{Q}"},
                            {0x211D, "\\mathbb{R}"},
                            {0x2124, "\\mathbb{Z}"},
                            {0x2153, "\\frac{1}{3}"},
                            {0x2154, "\\frac{2}{3}"},
                            {0x2155, "\\frac{1}{5}"},
                            {0x2156, "\\frac{2}{5}"},
                            {0x2157, "\\frac{3}{5}"},
                            {0x2158, "\\frac{4}{5}"},
                            {0x2159, "\\frac{1}{6}"},
                            {0x215A, "\\frac{5}{6}"},
                            {0x215B, "\\frac{1}{8}"},
                            {0x215C, "\\frac{3}{8}"},
                            {0x215D, "\\frac{5}{8}"},
                            {0x215E, "\\frac{7}{8}"},
                            {0x2192, "\\to "},
                            {0x21D2, "\\Rightarrow "},
                            {0x2200, "\\forall "},
                            {0x2205, "\\emptyset "},
                            {0x2206, "\\Delta "},
                            {0x2208, "\\in "},
                            {0x2209, "\\notin "},
                            {0x2211, "\\sum "},
                            {0x2212, "-"},
                            {0x2213, "\\mp "},
                            {0x2215, "/"},
                            {0x2216, "\\setminus "},
                            {0x2217, "*"},
                            {0x2218, "\\circ "},
                            {0x2219, "\\cdot "},
                            {0x221A, "\\sqrt "},
                            {0x221E, "\\infty "},
                            {0x2220, "\\angle "},
                            {0x2229, "\\cap "},
                            {0x222A, "\\cup "},
                            {0x222B, "\\int "},
                            {0x2236, ":"},
                            {0x2248, "\\approx "},
                            {0x2260, "\\ne "},
                            {0x2264, "\\le "},
                            {0x2265, "\\ge "},
                            {0x2282, "\\subset "},
                            {0x2286, "\\subseteq "},
                            {0x22C5, "\\cdot "},
                            {0x2308, "\\lceil "},
                            {0x2309, "\\rceil "},
                            {0x230A, "\\lfloor "},
                            {0x230B, "\\rfloor "},
                            {0x25B3, "\\triangle "},
                            {0x27E8, "\\langle "},
                            {0x27E9, "\\rangle "},
                            {0x2A7D, "\\le "},
                            {0x2A7E, "\\ge "},
                            {0x3000, " "},
                            {0x3001, ","},
                            {0x3002, "."}};

// Superscripts and subscripts that come in runs, as in x¹² and x₁₂.
constexpr std::string_view kScriptDigits = "0123456789+-=()n";
int script_digit(uint32_t code, uint32_t zero) {
  if (zero == 0x2070) {
    if (code == 0x00B9) return 1;
    if (code == 0x00B2) return 2;
    if (code == 0x00B3) return 3;
    if (code == 0x2071 || code == 0x2072 || code == 0x2073) return -1;
  }
  return code >= zero && code < zero + kScriptDigits.size() && !(zero == 0x2080 && code == 0x208F)
             ? static_cast<int>(code - zero)
             : -1;
}

bool hidden_code(uint32_t code) {
  return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
         (code >= 0x7F && code <= 0x9F) || code == 0x00AD || code == 0x061C ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
         (code >= 0xFFF0 && code <= 0xFFFD) || (code >= 0x0300 && code <= 0x036F) ||
         (code >= 0xE0000 && code <= 0xE0FFF) || (code >= 0xFE00 && code <= 0xFE0F);
}

// One code point at `at`, which moves behind it; U+FFFD for invalid bytes.
uint32_t next_code(std::string_view text, size_t& at) {
  const utf8::Decoded decoded = utf8::decode(text, at);
  at += decoded.bytes == 0 ? 1 : decoded.bytes;
  return decoded.bytes == 0 ? 0xFFFD : static_cast<uint32_t>(decoded.code_point);
}

// A run of script digits becomes one group.
bool fold_script(std::string_view text, size_t& at, uint32_t code, std::string& out) {
  for (const auto& [zero, open] : {Entry{0x2070, "^{"}, Entry{0x2080, "_{"}}) {
    int digit = script_digit(code, zero);
    if (digit < 0) continue;
    out += open;
    while (digit >= 0) {
      out += kScriptDigits[static_cast<size_t>(digit)];
      size_t next = at;
      digit = next < text.size() ? script_digit(next_code(text, next), zero) : -1;
      if (digit >= 0) at = next;
    }
    out += '}';
    return true;
  }
  return false;
}

void erase_all(std::string& text, std::string_view what, std::string_view with = "") {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

bool is_end_token(std::string_view inside) {
  return !inside.empty() && inside.size() < 24 &&
         std::all_of(inside.begin(), inside.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// Removes "<|im_end|>" and the like, and "</s>", at the end.
bool strip_end_token(std::string_view& text) {
  if (text.ends_with("</s>")) {
    text.remove_suffix(4);
    return true;
  }
  if (!text.ends_with("|>")) return false;
  const size_t open = text.rfind("<|");
  if (open == std::string_view::npos ||
      !is_end_token(text.substr(open + 2, text.size() - open - 4)))
    return false;
  text.remove_suffix(text.size() - open);
  return true;
}

bool strip_pair(std::string_view& text, std::string_view open, std::string_view close) {
  if (text.size() < open.size() + close.size() || !text.starts_with(open) || !text.ends_with(close))
    return false;
  const std::string_view inner = text.substr(open.size(), text.size() - open.size() - close.size());
  if (inner.find(open) != std::string_view::npos || inner.find(close) != std::string_view::npos)
    return false;
  text = inner;
  return true;
}

// \text{(-1, 2)}: a formula in words' clothes.  Words stay in theirs.
bool strip_text(std::string_view& text) {
  std::string_view inner = text;
  if (!strip_pair(inner, "\\text{", "}") || inner.find('{') != std::string_view::npos) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (size_t i = 0; i + 1 < inner.size(); ++i)
    if (letter(inner[i]) && letter(inner[i + 1])) return false;
  text = inner;
  return true;
}

// "1 000 000": digits in groups of three and nothing else are one number.
std::string with_groups_joined(std::string text) {
  const size_t first = text.find(' ');
  if (first == std::string::npos || first > 3 || first == 0 ||
      text.find_first_not_of("0123456789 ") != std::string::npos)
    return text;
  for (size_t at = first; at < text.size(); at += 4)
    if (text[at] != ' ' || at + 4 > text.size() ||
        text.substr(at + 1, 3).find(' ') != std::string::npos)
      return text;
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  return text;
}

}  // namespace

Folded fold(std::string_view text) {
  Folded out;
  out.text.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const uint32_t code = next_code(text, at);
    const bool lost_backslash =
        (code == 0x0C || code == 0x08) && at < text.size() && text[at] >= 'a' && text[at] <= 'z';
    if (lost_backslash) {  // "\frac" and "\boxed" read as an escape on their way here
      out.text += code == 0x0C ? "\\f" : "\\b";
      continue;
    }
    if (hidden_code(code)) {
      out.hidden = true;
      out.text += '\x01';
      continue;
    }
    if (code < 0x80) {
      out.text += static_cast<char>(code);
      continue;
    }
    if (code >= 0xFF01 && code <= 0xFF5E) {
      out.text += static_cast<char>(code - 0xFF01 + '!');
      continue;
    }
    if (fold_script(text, at, code, out.text)) continue;
    const auto* found = std::lower_bound(std::begin(kFolds), std::end(kFolds), code,
                                         [](const Entry& e, uint32_t c) { return e.first < c; });
    if (found != std::end(kFolds) && found->first == code)
      out.text += found->second;
    else
      out.text += text.substr(begin, at - begin);
  }
  return out;
}

std::string stripped(std::string_view text) {
  for (bool again = true; again;) {
    text = trimmed(text);
    again = strip_end_token(text) || strip_pair(text, "**", "**") || strip_pair(text, "$$", "$$") ||
            strip_pair(text, "$", "$") || strip_pair(text, "\\(", "\\)") ||
            strip_pair(text, "\\[", "\\]") || strip_text(text) || strip_pair(text, "`", "`") ||
            strip_pair(text, "\"", "\"");
    while (!text.empty() &&
           (text.back() == '.' || text.back() == ',' || text.back() == ';' || text.back() == ':') &&
           !text.ends_with("..") && !text.ends_with("\\,") && !text.ends_with("\\;") &&
           !text.ends_with("\\:")) {
      text.remove_suffix(1);
      again = true;
    }
    for (const std::string_view space : {"\\,", "\\!", "\\;", "\\:", "\\ ", "\\quad", "\\qquad"})
      while (text.size() > space.size() && text.ends_with(space) &&
             text[text.size() - space.size() - 1] != '\\') {
        text.remove_suffix(space.size());
        again = true;
      }
    if (text.ends_with("\\") && !text.ends_with("\\\\")) {
      text.remove_suffix(1);
      again = true;
    }
  }
  return with_groups_joined(std::string(text));
}

std::string words_form(std::string_view text) {
  std::string out = stripped(text);
  for (const std::string_view gone : {"\\left", "\\right", "\\!", "\\,", "\\;",
                                      "\\:", "\\displaystyle", "\\quad", "\\qquad", "$"})
    erase_all(out, gone);
  for (const std::string_view wrapper : {"\\text", "\\textbf", "\\textit", "\\textrm", "\\mathrm",
                                         "\\mathbf", "\\mbox", "\\operatorname"})
    erase_all(out, std::string(wrapper) + "{", "{");
  std::string words;
  bool space = false;
  for (const char c : out) {
    if (c == '{' || c == '}' || c == '"' || c == '`' || c == '*') continue;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '~') {
      space = !words.empty();
      continue;
    }
    if (space) words += ' ';
    space = false;
    words += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  for (const std::string_view article : {"the ", "an ", "a "})
    if (words.starts_with(article)) return words.substr(article.size());
  return words;
}

}  // namespace rlreason::data::math
