#include "datasets/verifiers/math/lexer.h"

#include <algorithm>
#include <array>

#include "datasets/verifiers/math/characters.h"
#include "datasets/verifiers/math/fuel.h"
#include "datasets/verifiers/math/names.h"
#include "datasets/verifiers/math/units.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::math {
namespace {

template <size_t N>
bool among(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 34> kInvisible = {
    "left",  "right",   "mleft",        "mright",    "big",         "Big",       "bigg",
    "Bigg",  "bigl",    "bigr",         "Bigl",      "Bigr",        "biggl",     "biggr",
    "Biggl", "Biggr",   "displaystyle", "textstyle", "scriptstyle", "limits",    "nolimits",
    "boxed", "fbox",    "rm",           "bf",        "it",          "mathstrut", "strut",
    "hfill", "nobreak", "allowbreak",   "middle",    "tfstyle",     "normalsize"};
constexpr std::array<std::string_view, 6> kSpaces = {"quad",      "qquad", "enspace",
                                                     "thinspace", "space", "enskip"};
// Their argument is dropped with them.
constexpr std::array<std::string_view, 7> kDropped = {"hspace",   "vspace", "phantom", "hphantom",
                                                      "vphantom", "color",  "label"};
constexpr std::array<std::string_view, 8> kTexts = {"text", "textbf",     "textit", "textrm",
                                                    "mbox", "textnormal", "textsf", "hbox"};
constexpr std::array<std::string_view, 9> kFonts = {
    "mathrm", "mathbf", "mathit", "mathsf", "mathcal", "boldsymbol", "bm", "mathtt", "mathfrak"};

struct Alias {
  std::string_view command, symbol;
};
constexpr Alias kSymbols[] = {
    {"cdot", "*"},        {"times", "*"},        {"ast", "*"},           {"div", "/"},
    {"lt", "<"},          {"gt", ">"},           {"le", "<="},           {"leq", "<="},
    {"leqslant", "<="},   {"ge", ">="},          {"geq", ">="},          {"geqslant", ">="},
    {"ne", "!="},         {"neq", "!="},         {"lbrack", "["},        {"rbrack", "]"},
    {"lparen", "("},      {"rparen", ")"},       {"lgroup", "("},        {"rgroup", ")"},
    {"lbrace", "{|"},     {"rbrace", "|}"},      {"lvert", "|"},         {"rvert", "|"},
    {"vert", "|"},        {"lVert", "|"},        {"rVert", "|"},         {"Vert", "|"},
    {"langle", "("},      {"rangle", ")"},       {"colon", ":"},         {"land", "and"},
    {"lor", "or"},        {"wedge", "and"},      {"vee", "or"},          {"cup", "cup"},
    {"cap", "cap"},       {"setminus", "minus"}, {"backslash", "minus"}, {"in", "in"},
    {"pm", "+-"},         {"mp", "-+"},          {"approx", "~"},        {"simeq", "~"},
    {"thickapprox", "~"}, {"equiv", "="},        {"mid", "mid"},         {"prime", "'"}};

class Lexer {
 public:
  Lexer(std::string_view text, const LexerOptions& options) : text_(text), options_(options) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) step();
    tokens_.push_back({.kind = TokenKind::end, .text = {}, .space = space_});
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool at(std::string_view wanted) const { return text_.substr(at_).starts_with(wanted); }

  void push(TokenKind kind, std::string text) {
    if (kind == TokenKind::symbol) {
      brackets_ += text == "(" || text == "[" || text == "{|";
      brackets_ -= text == ")" || text == "]" || text == "|}";
    }
    if (tokens_.size() > 2 * kMostNodes) throw Limit{"too many symbols"};
    tokens_.push_back({.kind = kind, .text = std::move(text), .space = space_});
    space_ = false;
  }

  void step() {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '~' || c == '$' || c == '"' ||
        c == '`') {
      space_ = true;
      ++at_;
    } else if (digit(c) || (c == '.' && digit(peek(1)))) {
      number();
    } else if (letter(c)) {
      size_t end = at_;
      while (end < text_.size() && letter(text_[end])) ++end;
      push(TokenKind::letters, std::string(text_.substr(at_, end - at_)));
      at_ = end;
    } else if (c == '\\') {
      backslash();
    } else {
      punctuation(c);
    }
  }

  void punctuation(char c) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kLong = {
        {{"<=", "<="},
         {">=", ">="},
         {"**", "^"},
         {"==", "="},
         {"=>", ">="},
         {"...", "..."},
         {"''", "''"}}};
    for (const auto& [written, meant] : kLong)
      if (at(written)) {
        at_ += written.size();
        return push(TokenKind::symbol, std::string(meant));
      }
    if (c == '!' && peek(1) == '=' && space_) {
      at_ += 2;
      return push(TokenKind::symbol, "!=");
    }
    if (c == '%') {  // in LaTeX a comment, unless nothing goes on behind it
      const size_t next = text_.find_first_not_of(' ', at_ + 1);
      if (next != std::string_view::npos &&
          (letter(text_[next]) || digit(text_[next]) || text_[next] == '\\' || text_[next] == '(' ||
           text_[next] == '{'))
        throw Unparsable{"a comment sign inside the answer"};
    }
    if (std::string_view("+-*/^_=<>()[]{}|,;:!%'&").find(c) == std::string_view::npos)
      throw Unparsable{"a character that is no mathematics"};
    ++at_;
    push(TokenKind::symbol, std::string(1, c));
  }

  // Bytes of a separator after which exactly three digits go on; 0: none.
  size_t group_separator() const {
    for (const std::string_view mark : {"{,}", ",\\!", "\\,", "\\!", "\\;", ","}) {
      if (!at(mark) || (mark == "," && (!options_.thousands || brackets_ > 0))) continue;
      size_t next = at_ + mark.size();
      if (mark == ",\\!" || mark == "{,}")
        while (next < text_.size() && text_[next] == ' ') ++next;
      size_t digits = 0;
      while (next + digits < text_.size() && digit(text_[next + digits])) ++digits;
      return digits == 3 ? next - at_ : 0;
    }
    return 0;
  }

  void number() {
    std::string digits;
    bool grouped = false;
    while (true) {
      size_t run = 0;
      while (digit(peek(run))) ++run;
      digits += text_.substr(at_, run);
      at_ += run;
      const size_t mark = digits.size() <= 3 || grouped ? group_separator() : 0;
      if (digits.empty() || mark == 0) break;
      grouped = true;
      at_ += mark;
    }
    const bool comma = options_.decimal_comma && peek() == ',' && digit(peek(1)) && !grouped;
    if ((peek() == '.' && (digit(peek(1)) || !digits.empty()) && peek(1) != '.') || comma) {
      ++at_;
      std::string fraction;
      while (digit(peek())) fraction += text_[at_++];
      if (!fraction.empty() || at("\\overline")) digits += "." + fraction;
    }
    exponent(digits);
    if (digits.size() > kMostDigits) throw Limit{"a number with too many digits"};
    push(TokenKind::number, std::move(digits));
  }

  // 2.5E2, 1e-3: only when written without space.
  void exponent(std::string& digits) {
    if (peek() != 'e' && peek() != 'E') return;
    const size_t sign = peek(1) == '-' || peek(1) == '+' ? 1 : 0;
    size_t run = 0;
    while (digit(peek(1 + sign + run))) ++run;
    if (run == 0 || letter(peek(1 + sign + run))) return;
    if (run > 5) throw Limit{"an exponent that is too large"};
    digits += "e" + std::string(sign == 1 && peek(1) == '-' ? "-" : "") +
              std::string(text_.substr(at_ + 1 + sign, run));
    at_ += 1 + sign + run;
  }

  // The {group} at the cursor, without its braces; the cursor moves behind it.
  std::string_view group() {
    while (peek() == ' ') ++at_;
    if (peek() != '{') throw Unparsable{"a command without its argument"};
    size_t depth = 0, end = at_;
    for (; end < text_.size(); ++end) {
      if (text_[end] == '\\') {
        ++end;
        continue;
      }
      depth += text_[end] == '{';
      depth -= text_[end] == '}';
      if (depth == 0) break;
    }
    if (end >= text_.size()) throw Unparsable{"a brace that is not closed"};
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inside;
  }

  void backslash() {
    ++at_;
    if (at_ >= text_.size()) return;
    if (!letter(peek())) return escaped();
    size_t end = at_;
    while (end < text_.size() && letter(text_[end])) ++end;
    const std::string name(text_.substr(at_, end - at_));
    at_ = end;
    command(name);
  }

  void escaped() {
    const char c = text_[at_++];
    switch (c) {
      case '{':
        return push(TokenKind::symbol, "{|");
      case '}':
        return push(TokenKind::symbol, "|}");
      case '|':
        return push(TokenKind::symbol, "|");
      case '%':
        return push(TokenKind::symbol, "%");
      case '&':
        return push(TokenKind::symbol, "&");
      case '\\':
        return newline();
      case ',':
      case '!':
      case ';':
      case ':':
      case '>':
      case ' ':
      case '$':
      case '\n':
      case '(':
      case ')':
      case '[':
      case ']':
        space_ = true;
        return;
      default:
        throw Unparsable{"an escaped character that is no mathematics"};
    }
  }

  // "\\" ends a row of a matrix; elsewhere, before a name, it is an escaped backslash.
  void newline() {
    if (environments_ == 0 && known_command()) {
      --at_;
      return backslash();
    }
    push(TokenKind::symbol, "\\\\");
  }

  // What follows is the name of a command that answers use.
  bool known_command() const {
    size_t end = at_;
    while (end < text_.size() && letter(text_[end])) ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    static constexpr std::array<std::string_view, 15> kOthers = {
        "frac", "dfrac", "tfrac", "cfrac",  "pi",    "infty",    "theta", "alpha",
        "beta", "binom", "text",  "mathrm", "begin", "overline", "lfloor"};
    return is_function(name) || among(name, kInvisible) || among(name, kTexts) ||
           among(name, kFonts) || among(name, kOthers) ||
           std::any_of(std::begin(kSymbols), std::end(kSymbols),
                       [&](const Alias& a) { return a.command == name; });
  }

  void command(const std::string& name) {
    if (among(name, kInvisible)) {
      if ((name == "left" || name == "right") && peek() == '.') ++at_;
      return;
    }
    if (among(name, kSpaces)) {
      space_ = true;
    } else if (among(name, kDropped)) {
      if (peek() == '{') group();
    } else if (name == "textcolor") {
      group();
    } else if (among(name, kTexts)) {
      push(TokenKind::word, std::string(trimmed(group())));
    } else if (among(name, kFonts)) {
      font();
    } else if (name == "mathbb") {
      push(TokenKind::command, "mathbb" + std::string(trimmed(group())));
    } else if (name == "operatorname") {
      if (peek() == '*') ++at_;
      push(TokenKind::command, std::string(trimmed(group())));
    } else if (name == "begin" || name == "end") {
      environments_ += name == "begin" ? 1 : -1;
      push(TokenKind::command, name + " " + std::string(trimmed(group())));
    } else {
      const auto* alias = std::find_if(std::begin(kSymbols), std::end(kSymbols),
                                       [&](const Alias& a) { return a.command == name; });
      if (alias != std::end(kSymbols)) return push(TokenKind::symbol, std::string(alias->symbol));
      push(TokenKind::command, name);
    }
  }

  // A font around one letter is that letter; around several it is a word; around anything else it is nothing.
  void font() {
    const size_t before = at_;
    while (peek() == ' ') ++at_;
    if (peek() != '{') return;
    const std::string_view inside = trimmed(group());
    const bool unit = unit_of(std::string(inside)).dimension.size() > 0 && !tokens_.empty() &&
                      tokens_.back().kind == TokenKind::number;
    if (unit) return push(TokenKind::word, std::string(inside));
    const bool name = !inside.empty() && std::all_of(inside.begin(), inside.end(),
                                                     [](char c) { return letter(c) || c == ' '; });
    if (!name) {
      at_ = before;
      return;
    }
    push(inside.size() == 1 ? TokenKind::letters : TokenKind::word, std::string(inside));
  }

  std::string_view text_;
  LexerOptions options_;
  size_t at_ = 0;
  int environments_ = 0, brackets_ = 0;
  bool space_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text, const LexerOptions& options) {
  return Lexer(text, options).run();
}

}  // namespace rlreason::data::math
