// One attack: a way to turn a gold into a response that must never be judged right.
//
// A template writes @G for the gold and @W for a wrong answer of its kind.  `applies` leaves out the golds for which the
// response would be right or means nothing; every such rule stands beside its attack (items_*.h).
#pragma once

#include <fmt/core.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/verifiers/options.h"
#include "tests/datasets/attacks/golds.h"

namespace rlreason::data::attacks {

using Maker = std::function<std::string(const Gold&)>;
using Rule = std::function<bool(const Gold&)>;

struct Attack {
  int item = 0;  // of the list in reliability.md, appendix A
  std::string name;
  Maker response;
  Rule applies = [](const Gold&) { return true; };
  AnswerOptions options = {};
  bool large = false;  // hundreds of KiB: tried on a few golds only
};

inline std::string filled(std::string_view text, const Gold& gold) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '@' && i + 1 < text.size() && (text[i + 1] == 'G' || text[i + 1] == 'W'))
      out += text[++i] == 'G' ? gold.text : gold.wrong;
    else
      out += text[i];
  }
  return out;
}
inline Maker from(std::string text) {
  return [text = std::move(text)](const Gold& gold) { return filled(text, gold); };
}

inline bool is_kind(const Gold& gold, std::initializer_list<GoldKind> kinds) {
  for (const GoldKind kind : kinds)
    if (gold.kind == kind) return true;
  return false;
}
inline bool no_choice(const Gold& gold) { return gold.kind != GoldKind::choice; }
inline bool is_number(const Gold& gold) { return gold.numeric(); }
inline bool plain_digits(const Gold& gold) { return gold.text.find_first_not_of("-0123456789.") == std::string::npos; }

struct Frame {
  const char *name, *before, *after;
};
// How a response says what its answer is.
inline constexpr Frame kFrames[] = {{"box", "We compute.\n\\boxed{", "}"},
                                    {"formula", "We compute. The answer is $", "$."},
                                    {"hashes", "We compute.\n#### ", ""},
                                    {"marker", "We compute.\nAnswer: ", ""}};

class Corpus {
 public:
  explicit Corpus(int item) : item_(item) {}
  void add(std::string name, Maker response, Rule applies = {}) {
    Attack attack{.item = item_, .name = fmt::format("{}.{}", item_, name), .response = std::move(response)};
    if (applies) attack.applies = std::move(applies);
    attack.options = options;
    attack.large = large;
    attacks.push_back(std::move(attack));
  }
  // The payload as the answer, in the first `frames` frames.
  void framed(const std::string& name, const Maker& payload, const Rule& applies = {}, size_t frames = std::size(kFrames)) {
    for (size_t i = 0; i < frames; ++i)
      add(name + "/" + kFrames[i].name, [payload, i](const Gold& gold) { return kFrames[i].before + payload(gold) + kFrames[i].after; }, applies);
  }

  AnswerOptions options;
  bool large = false;
  std::vector<Attack> attacks;

 private:
  int item_;
};

}  // namespace rlreason::data::attacks
