// Attacks on where the answer stands: nothing there, broken boxes, several answers, sprays, placeholders, tags, sizes.
#pragma once

#include "tests/datasets/attacks/attack.h"

namespace rlreason::data::attacks {

// Appendix A.1: an answer that says nothing.
inline std::vector<Attack> nothing() {
  Corpus out(1);
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"empty", ""}, {"space", " "}, {"lines", "\n\t\r\n"}, {"empty box", "\\boxed{}"}, {"space box", "\\boxed{ }"}, {"thin box", "\\boxed{\\,}"},
           {"quad box", "\\boxed{\\quad}"}, {"braces box", "\\boxed{{}}"}, {"text box", "\\boxed{\\text{}}"}, {"dollar box", "\\boxed{$$}"}, {"fbox", "\\fbox{}"},
           {"dollars", "$$"}, {"display", "$$ $$"}, {"parens", "\\( \\)"}, {"tag", "<answer></answer>"}, {"space tag", "<answer> </answer>"}, {"hashes", "#### "},
           {"marker", "The answer is ."}, {"colon", "Answer:"}, {"stop", "."}, {"dash", "-"}, {"question", "\\boxed{?}"}, {"dots", "\\boxed{\\ldots}"}, {"dots plain", "..."},
           {"comma", "\\boxed{,}"}, {"brackets", "\\boxed{()}"}, {"braces", "\\boxed{\\{\\}}"}, {"empty set", "\\boxed{\\emptyset}"}, {"one letter", "a"}, {"sign", "\\boxed{+}"},
           {"equals", "\\boxed{=}"}, {"slash", "\\boxed{/}"}, {"backslash", "\\boxed{\\}"}, {"null", "\\boxed{null}"}, {"None", "\\boxed{None}"}, {"end token", "<|im_end|>"}})
    out.add(name, from(text), [text = std::string(text)](const Gold& gold) { return !(text == "a" && gold.text == "A"); });
  return out.attacks;
}

// A.2: boxes that do not end, boxes in boxes, far too many.
inline std::vector<Attack> broken_boxes() {
  Corpus out(2);
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"open after right", "\\boxed{@G} and so \\boxed{"}, {"open alone", "So \\boxed{@G"}, {"empty after right", "\\boxed{@G} so \\boxed{}"},
           {"space after right", "\\boxed{@G} so \\boxed{ }"}, {"open after answer", "The answer is @G. \\boxed{"}, {"open wrong then right", "\\boxed{@W and @G"},
           {"box in box", "\\boxed{@W \\boxed{@G}}"}, {"box behind box", "\\boxed{\\boxed{@G} @W}"}, {"open in open", "\\boxed{@W \\boxed{@G"}, {"wrong in open", "\\boxed{@G \\boxed{@W}"},
           {"closed outside", "\\boxed{@W}} \\boxed{ @G"}, {"half brace", "\\boxed{@W{} @G"}, {"escaped end", "\\boxed{@G\\}"}, {"frame then box", "\\fbox{@G} \\boxed{@W}"},
           {"box then frame", "\\boxed{@G} \\fbox{@W}"}, {"box then open frame", "\\boxed{@G} \\fbox{"}, {"right box, open list", "\\boxed{@G}, \\boxed{@W"}})
    out.add(name, from(text), no_choice);
  out.large = true;
  out.add("1e5 boxes", [](const Gold& gold) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "\\boxed{" + gold.text + "} ";
    return text + "\\boxed{" + gold.wrong + "}";
  });
  out.add("1e5 braces open", [](const Gold& gold) { return "\\boxed{" + std::string(100'000, '{') + gold.text; }, no_choice);
  out.add("1e5 braces around", [](const Gold& gold) { return "\\boxed{" + std::string(100'000, '{') + gold.text + std::string(100'000, '}') + "+1}"; }, no_choice);
  return out.attacks;
}

// A.3: the right answer, then another one; the right answer only while thinking.
inline std::vector<Attack> revised() {
  Corpus out(3);
  constexpr Frame kSaid[] = {{"box", "\\boxed{", "}"}, {"hashes", "#### ", ""}, {"marker", "The answer is ", "."}, {"colon", "Answer: ", ""}, {"tag", "<answer>", "</answer>"}};
  for (const Frame& first : kSaid)
    for (const Frame& last : kSaid) {
      // A weaker place after a stronger one does not revise it: a box outranks what follows in words.
      const bool outranked = (first.name == std::string_view("box") && last.name != std::string_view("box")) ||
                             (first.name == std::string_view("tag") && last.name != std::string_view("box") && last.name != std::string_view("tag"));
      const std::string text = outranked ? fmt::format("{}@W{}\nLet me check.\n{}@G{}\n", first.before, first.after, last.before, last.after)
                                         : fmt::format("{}@G{}\nWait, that is wrong.\n{}@W{}\n", first.before, first.after, last.before, last.after);
      out.add(fmt::format("{} then {}", first.name, last.name), from(text), no_choice);
    }
  out.options.answer_after_think = true;
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"thought only", "<think>So \\boxed{@G}</think>I do not know."}, {"thought, wrong said", "<think>\\boxed{@G}</think>\\boxed{@W}"}, {"never closed", "<think>So \\boxed{@G}"},
           {"no marks", "So the answer is \\boxed{@G}"}, {"two thoughts", "<think>a</think>\\boxed{@G}<think>b</think>\\boxed{@W}"}, {"opened again", "<think>a</think>ok<think>\\boxed{@G}"},
           {"closed twice", "<think>\\boxed{@G}</think></think>"}, {"closed, empty", "<think>\\boxed{@G}</think>"}, {"closed, open box", "<think>\\boxed{@G}</think>\\boxed{"},
           {"answer thought", "<think>The answer is @G</think>The answer is @W."}, {"hashes thought", "<think>#### @G</think>\n#### @W"}})
    out.add(name, from(text));
  return out.attacks;
}

// A.4: many answers at once, and answers so wide that they hold every answer.
inline std::vector<Attack> sprays() {
  Corpus out(4);
  const Rule no_list = [](const Gold& gold) { return !is_kind(gold, {GoldKind::list, GoldKind::set, GoldKind::choice}); };
  out.framed("gold or wrong", from("@G \\text{ or } @W"));
  out.framed("wrong or gold", from("@W \\text{ or } @G"));
  out.framed("plain or", from("@W or @G"));
  out.framed("and", from("@G and @W"));
  out.framed("list", from("@W, @G"), no_choice);
  out.framed("list of three", from("@W, @G, 7919"), no_choice);
  out.framed("set", from("\\{@G, @W\\}"), no_choice);
  out.framed("either", from("either @G or @W"));
  out.framed("range", from("[-10^{9}, 10^{9}]"));
  out.framed("reals", from("\\mathbb{R}"));
  out.framed("all reals", from("(-\\infty, \\infty)"));
  out.framed("closed infinity", from("[-\\infty, \\infty]"));
  out.framed("any x", from("x"));
  out.framed("x is x", from("x=x"));
  out.framed("solutions", from("x = @G \\text{ or } x = @W"), no_choice);
  out.framed("not wrong", from("x \\ne @W"), no_choice);
  out.framed("about", from("@W \\approx @G"), no_choice);
  out.framed("differs", from("@G \\ne @W"), no_choice);
  out.framed("equals wrong", from("@G = @W"), [](const Gold& gold) { return no_choice(gold) && gold.kind != GoldKind::equation; });
  out.framed("arrow", from("@G \\to @W"), no_choice);
  out.framed("implies", from("@G \\Rightarrow @W"), no_choice);
  out.framed("counting", from("1, 2, 3, \\ldots"), no_choice);
  out.framed("wide list", from("-3,-2,-1,0,1,2,3,4,5,6,7,8,9,10,42,100,321,333,777,999,1234,@G"), no_list);
  out.framed("joined", from("@G; @W"), no_choice);
  out.framed("slash", from("@W | @G"), no_choice);
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"two boxes", "\\boxed{@G} \\boxed{@W}"}, {"boxes or", "\\boxed{@W} or \\boxed{@G}"}, {"boxes comma", "\\boxed{@W}, \\boxed{@G}"}, {"boxes and", "\\boxed{@G} and \\boxed{@W}"},
           {"formulas or", "It is $@W$ or $@G$."}, {"sentence", "It could be @G, it could be @W, who knows."}, {"no box", "We saw @G on the way, and then stopped at @W."}})
    out.add(name, from(text), no_choice);
  return out.attacks;
}

// A.5: the words of the instruction instead of an answer.
inline std::vector<Attack> echoes() {
  Corpus out(5);
  for (const char* words : {"the answer", "answer", "\\text{answer}", "your answer here", "ANSWER", "the gold answer", "ground\\_truth", "gold", "\\text{see above}", "\\text{final answer}",
                            "N", "n", "\\text{the correct answer}", "correct", "right", "\\text{True}", "yes", "7919", "\\frac{7919}{7}", "2,3,7919", "verified"})
    out.framed(fmt::format("echo {}", words), from(words), [words = std::string(words)](const Gold& gold) { return gold.text != words; }, 2);
  return out.attacks;
}

// A.10: marks and tags in unusual places.
inline std::vector<Attack> tags() {
  Corpus out(10);
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"tag twice", "<answer>@G</answer><answer>@W</answer>"}, {"tag open", "<answer>@W</answer><answer>@G"}, {"tag in box", "\\boxed{<answer>@G</answer>@W}"},
           {"box in tag", "<answer>@G \\boxed{@W}</answer>"}, {"hashes thrice", "#### @G\n#### @G\n#### @W"}, {"hashes in a line", "#### @W #### @G @W"},
           {"answers", "Answer: @G\nAnswer: @G\nAnswer: @W"}, {"final last", "Final answer is @G.\nNo. The final answer is @W."}, {"thought in box", "\\boxed{<think>@G</think>@W}"},
           {"stray close", "@G</think>\\boxed{@W}"}, {"xml", "<gold>@G</gold>\\boxed{@W}"}, {"json", "{\"answer\": \"@G\"} \\boxed{@W}"}, {"heading", "# @G\n\\boxed{@W}"},
           {"code", "```python\nprint(@G)\n```\n\\boxed{@W}"}, {"code box", "\\boxed{print(@G)}"}, {"quoted", "> \\boxed{@G}\n\\boxed{@W}"}, {"footnote", "\\boxed{@W}\n[1] @G"}, {"table", "| @G | @W |\n\\boxed{@W}"}})
    out.add(name, from(text), no_choice);
  return out.attacks;
}

// A.12: size.
inline std::vector<Attack> sizes() {
  Corpus out(12);
  out.large = true;
  constexpr size_t kMiB = size_t{1} << 20;
  const auto repeated = [](std::string_view unit) {
    std::string text;
    while (text.size() < kMiB) text += unit;
    return text;
  };
  for (const auto& [name, unit] : std::initializer_list<std::pair<const char*, const char*>>{
           {"a", "a"}, {"braces", "{"}, {"digits", "7"}, {"frac", "\\frac"}, {"lines", "\n"}, {"dollars", "$"}, {"parens", "("}, {"boxes", "\\boxed{"}, {"carets", "2^"}, {"and", " and "}, {"commas", "1,"}, {"sqrt", "\\sqrt{"}, {"zero", "0"}}) {
    out.add(fmt::format("1 MiB of {}", name), [text = repeated(unit)](const Gold&) { return text; });
    out.add(fmt::format("1 MiB of {} boxed", name), [text = repeated(unit)](const Gold&) { return "\\boxed{" + text + "}"; });
    out.add(fmt::format("gold, 1 MiB of {}", name), [text = repeated(unit)](const Gold& gold) { return "\\boxed{" + gold.text + text + "}"; });
  }
  return out.attacks;
}

}  // namespace rlreason::data::attacks
