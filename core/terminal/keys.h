// Keys that a person types, out of the bytes that a terminal in raw mode sends: characters, arrows, pages, Enter, Escape.
//
// Not here: the terminal itself (screen.h).  Sequences nobody asked for (function keys, mouse, Alt with a key) and bytes
// beyond ASCII are eaten and mean nothing.  ECMA-48 5.4 gives the form: ESC [ parameters intermediates final, and ESC O final.
// A lone ESC is the Escape key once nothing followed for a moment: the caller says so with pause().
// Thread safety: one user.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rlreason::terminal {

enum class KeyKind { character, up, down, left, right, page_up, page_down, home, end, enter, escape };

struct Key {
  KeyKind kind = KeyKind::character;
  char character = 0;  // printable ASCII or a tab; of KeyKind::character only
  bool operator==(const Key&) const = default;
};

class KeyReader {
 public:
  std::vector<Key> feed(std::string_view bytes);
  std::vector<Key> pause();  // nothing came for a moment: what is pending is complete

 private:
  std::string pending_;  // an escape sequence that has not ended; never longer than a bound
};

}  // namespace rlreason::terminal
