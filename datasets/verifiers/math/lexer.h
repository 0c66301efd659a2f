// LaTeX or plain text, already folded (text_form.h), to tokens.  What only changes the looks is gone afterwards.
//
// Numbers keep their digits: thousands written {,} \, \! or, where `thousands` is set, "," belong to one number.
// Errors: Unparsable, for a character that has no place in mathematics.
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason::data::math {

// Not mathematics as we read it.  Never leaves this folder.
struct Unparsable {
  std::string reason;
};

enum class TokenKind : uint8_t {
  end,
  number,   // text: digits with at most one point
  letters,  // text: a run of ASCII letters
  word,     // text: what \text{...} and its relatives hold, trimmed
  command,  // text: the name without the backslash
  symbol    // text: one operator or bracket; "\{" and "\}" are "{|" and "|}"
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text{};
  bool space = false;  // white space or a spacing command before it
  bool is(TokenKind wanted, std::string_view wanted_text) const { return kind == wanted && text == wanted_text; }
  bool symbol(std::string_view wanted) const { return is(TokenKind::symbol, wanted); }
  bool command(std::string_view wanted) const { return is(TokenKind::command, wanted); }
};

struct LexerOptions {
  bool thousands = true;       // 1,234 is a number
  bool decimal_comma = false;  // 1,22 is a number
};

std::vector<Token> tokenize(std::string_view text, const LexerOptions& options);

}  // namespace rlreason::data::math
