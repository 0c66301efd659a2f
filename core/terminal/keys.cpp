#include "core/terminal/keys.h"

#include <optional>

namespace rlreason::terminal {
namespace {

constexpr char kEscape = '\x1b';
constexpr size_t kLongest = 32;  // of a sequence; a longer one is rubbish

std::optional<KeyKind> of_letter(char final) {
  switch (final) {
    case 'A':
      return KeyKind::up;
    case 'B':
      return KeyKind::down;
    case 'C':
      return KeyKind::right;
    case 'D':
      return KeyKind::left;
    case 'H':
      return KeyKind::home;
    case 'F':
      return KeyKind::end;
    default:
      return {};
  }
}

std::optional<KeyKind> of_number(std::string_view number) {
  if (number == "5") return KeyKind::page_up;
  if (number == "6") return KeyKind::page_down;
  if (number == "1" || number == "7") return KeyKind::home;
  if (number == "4" || number == "8") return KeyKind::end;
  return {};
}

// What a complete sequence means; nothing when it is nobody's.
std::optional<KeyKind> meaning(std::string_view sequence) {
  const char final = sequence.back();
  const std::string_view inside = sequence.substr(2, sequence.size() - 3);
  if (final == '~') return of_number(inside.substr(0, inside.find(';')));
  return of_letter(final);
}

bool is_final(char c) { return c >= 0x40 && c <= 0x7e; }

bool is_complete(std::string_view sequence) {
  if (sequence.size() < 2) return false;
  if (sequence[1] != '[' && sequence[1] != 'O') return true;  // Alt with a key
  return sequence.size() > 2 && is_final(sequence.back());
}

std::optional<Key> of_byte(char c) {
  if (c == '\r' || c == '\n') return Key{KeyKind::enter};
  if (c == '\t' || (c >= 0x20 && c < 0x7f)) return Key{KeyKind::character, c};
  return {};
}

}  // namespace

std::vector<Key> KeyReader::feed(std::string_view bytes) {
  std::vector<Key> keys;
  for (const char c : bytes) {
    if (c == kEscape) {
      if (pending_.size() == 1) keys.push_back({KeyKind::escape});
      pending_ = kEscape;  // a sequence cut short by another is dropped
      continue;
    }
    if (pending_.empty()) {
      if (const auto key = of_byte(c)) keys.push_back(*key);
      continue;
    }
    pending_ += c;
    if (!is_complete(pending_) && pending_.size() < kLongest) continue;
    if (pending_.size() > 2)
      if (const auto kind = meaning(pending_)) keys.push_back({*kind});
    pending_.clear();
  }
  return keys;
}

std::vector<Key> KeyReader::pause() {
  const bool alone = pending_.size() == 1;
  pending_.clear();
  return alone ? std::vector<Key>{{KeyKind::escape}} : std::vector<Key>{};
}

}  // namespace rlreason::terminal
