#include "sweeps/compare/markup.h"

#include "core/terminal/text.h"

namespace rlreason::sweep {
namespace {

std::string entities(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace

std::string html_escape(std::string_view text) { return entities(terminal::clean(text)); }

std::string html_escape_lines(std::string_view text) {
  return entities(terminal::clean(text, terminal::Lines::keep));
}

std::string latex_escape(std::string_view text) {
  std::string result;
  for (const char c : terminal::clean(text)) {
    switch (c) {
      case '\\':
        result += "\\textbackslash{}";
        break;
      case '~':
        result += "\\textasciitilde{}";
        break;
      case '^':
        result += "\\textasciicircum{}";
        break;
      case '<':
        result += "\\textless{}";
        break;
      case '>':
        result += "\\textgreater{}";
        break;
      case '|':
        result += "\\textbar{}";
        break;
      case '"':
        result += "\\textquotedbl{}";
        break;
      case '{':
      case '}':
      case '$':
      case '&':
      case '#':
      case '_':
      case '%':
        result += '\\';
        result += c;
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string csv_text(std::string_view text) {
  std::string clean = terminal::clean(text);
  if (!clean.empty() && std::string_view("=+-@").find(clean.front()) != std::string_view::npos)
    clean.insert(0, "'");
  if (clean.find_first_of(",\"\n\r") == std::string::npos) return clean;
  std::string result = "\"";
  for (const char c : clean) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

}  // namespace rlreason::sweep
