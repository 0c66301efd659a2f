// Groups, sets, tuples, intervals, absolute values.

#include "datasets/verifiers/math/parser_impl.h"

namespace rlreason::data::math {

Expression Parser::braces() {
  expect("{");
  if (take("}")) fail("an empty group");
  Expression inside = list();
  if (command("choose") || command("over")) {
    const bool choose = command("choose");
    next();
    Expression below = list();
    expect("}");
    if (choose) return make_node(Kind::call, "binom", {std::move(inside), std::move(below)});
    return make_quotient(std::move(inside), std::move(below));
  }
  expect("}");
  if (inside.is(Kind::list)) inside.kind = Kind::set;  // {1, 2} in plain text
  return inside;
}

// \{1, 2\}, \{\}, \{x : x > 0\}
Expression Parser::set_braces() {
  expect("{|");
  if (take("|}")) return make_node(Kind::set, "", {});
  const bool outer = set_head_;
  set_head_ = true;
  Expression inside = list();
  set_head_ = outer;
  if (take("|") || take(":") || take("mid")) {
    Expression condition = list();
    expect("|}");
    return condition;
  }
  expect("|}");
  if (inside.is(Kind::list)) {
    inside.kind = Kind::set;
    return inside;
  }
  return make_node(Kind::set, "", {std::move(inside)});
}

Expression Parser::bars() {
  expect("|");
  ++bars_;
  Expression inside = sum();
  --bars_;
  expect("|");
  return make_node(Kind::call, "abs", {std::move(inside)});
}

// (a), (a, b), [a, b), [a, b, c], (0,)
Expression Parser::brackets() {
  const std::string open = token().text;
  next();
  const int outer = bars_;
  const bool head = set_head_;
  bars_ = 0, set_head_ = false;
  bool trailing = false;
  std::vector<Separator> between;
  std::vector<Expression> all = items(trailing, between);
  bars_ = outer, set_head_ = head;
  if (!symbol(")") && !symbol("]")) fail("a bracket that is not closed");
  const std::string kind = open + token().text;
  next();
  if (all.size() == 1 && !trailing) {
    if (kind != "()" && kind != "[]") fail("brackets that do not match");
    return std::move(all[0]);
  }
  if (all.size() == 2 && kind != "()") return make_node(Kind::interval, kind, std::move(all));
  if (kind != "()" && kind != "[]") fail("brackets that do not match");
  return make_node(Kind::tuple, kind, std::move(all));
}

// ]a, b[ and its relatives.
Expression Parser::outward_interval() {
  expect("]");
  outward_ = true;
  bool trailing = false;
  std::vector<Separator> between;
  std::vector<Expression> all = items(trailing, between);
  outward_ = false;
  if (all.size() != 2 || (!symbol("[") && !symbol("]"))) fail("an interval");
  const std::string close = symbol("[") ? ")" : "]";
  next();
  return make_node(Kind::interval, "(" + close, std::move(all));
}

}  // namespace rlreason::data::math
