#include "datasets/verifiers/math/parser.h"

#include <algorithm>

#include "datasets/verifiers/math/names.h"
#include "datasets/verifiers/math/parser_impl.h"
#include "datasets/verifiers/math/units.h"

namespace rlreason::data::math {

const Token& Parser::token(size_t ahead) const {
  return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : tokens_.back();
}

bool Parser::take(std::string_view wanted) {
  if (!symbol(wanted)) return false;
  next();
  return true;
}

void Parser::expect(std::string_view wanted) {
  if (!take(wanted)) fail("required '" + std::string(wanted) + "', '" + token().text + "' came");
}

bool is_connective(std::string_view word) {
  const auto outer = [](char c) { return c == ' ' || c == ','; };
  while (!word.empty() && outer(word.front())) word.remove_prefix(1);
  while (!word.empty() && outer(word.back())) word.remove_suffix(1);
  return word.empty() || word == "and" || word == "or" || word == "And" || word == "Or" ||
         word == "AND" || word == "OR";
}

// Separators in a row are one: ", and" is a comma, "; or" a semicolon.
Parser::Separator Parser::separator() {
  Separator found = Separator::none;
  for (;; next()) {
    const Token& t = token();
    const bool written = (t.kind == TokenKind::word && is_connective(t.text)) || t.symbol("and") ||
                         t.symbol("or") || t.is(TokenKind::letters, "and") ||
                         t.is(TokenKind::letters, "or");
    if (t.symbol(","))
      found = found == Separator::semicolon ? found : Separator::comma;
    else if (t.symbol(";"))
      found = Separator::semicolon;
    else if (!written)
      return found;
    else if (found == Separator::none)
      found = Separator::word;
  }
}

std::vector<Expression> Parser::items(bool& mixed, std::vector<Separator>& between) {
  std::vector<Expression> out;
  mixed = false;
  out.push_back(item());
  for (Separator found = separator(); found != Separator::none; found = separator()) {
    if (token().kind == TokenKind::end || symbol(")") || symbol("]") || symbol("|}") ||
        symbol("}")) {
      mixed = true;  // a separator at the end: "(0,)"
      break;
    }
    between.push_back(found);
    out.push_back(item());
  }
  return out;
}

namespace {

bool is_equation(const Expression& e) { return e.is(Kind::relation, "="); }

// "x = 1, 2, 3": the name stands before all of them.
void share_name(std::vector<Expression>& items) {
  if (items.size() < 2 || !is_equation(items[0]) || !is_name(items[0].items[0])) return;
  if (std::any_of(items.begin() + 1, items.end(),
                  [](const Expression& e) { return e.is(Kind::relation) || e.is(Kind::chain); }))
    return;
  Expression first = std::move(items[0]);
  items[0] = std::move(first.items[1]);
  first.items[1] = make_node(Kind::list, "", std::move(items));
  items.clear();
  items.push_back(std::move(first));
}

}  // namespace

// Items between separators; "p = 5, q = 2; p = 7, q = 2" is a list of two systems.
Expression Parser::list() {
  const Level level(*this);
  bool open = false;
  std::vector<Separator> between;
  std::vector<Expression> all = items(open, between);
  share_name(all);
  if (all.size() == 1) return std::move(all[0]);
  const bool strong = std::any_of(between.begin(), between.end(),
                                  [](Separator s) { return s != Separator::comma; });
  const bool weak = std::any_of(between.begin(), between.end(),
                                [](Separator s) { return s == Separator::comma; });
  if (!strong || !weak || !std::all_of(all.begin(), all.end(), is_equation))
    return make_node(Kind::list, "", std::move(all));
  std::vector<Expression> systems;
  std::vector<Expression> system;
  for (size_t i = 0; i < all.size(); ++i) {
    system.push_back(std::move(all[i]));
    if (i + 1 < all.size() && between[i] == Separator::comma) continue;
    systems.push_back(make_node(Kind::tuple, "()", std::move(system)));
    system.clear();
  }
  return make_node(Kind::list, "", std::move(systems));
}

Expression Parser::answer() {
  Expression out = list();
  if (token().kind != TokenKind::end) fail("'" + token().text + "' is left over");
  return out;
}

std::optional<std::string> Parser::relation_sign() const {
  const Token& t = token();
  if (t.kind == TokenKind::symbol) {
    for (const std::string_view sign : {"=", "<", ">", "<=", ">=", "!=", "in", "~"})
      if (t.text == sign) return t.text;
    return std::nullopt;
  }
  if (t.kind == TokenKind::command)
    for (const std::string_view sign :
         {"to", "rightarrow", "mapsto", "Rightarrow", "implies", "iff", "Leftrightarrow", "subset",
          "subseteq", "notin", "cong", "sim", "propto", "parallel", "perp"})
      if (t.text == sign) return t.text;
  return std::nullopt;
}

// "Area = 5", "the radius of the circle = 5": words before the first equals sign are a name.
std::optional<Expression> Parser::named_by_words() {
  size_t ahead = 0;
  bool words = false;
  for (; ahead < 12; ++ahead) {
    const Token& t = token(ahead);
    if (t.symbol("=") || t.symbol("~")) break;
    const bool long_run = t.kind == TokenKind::letters && is_word(t.text);
    if (t.kind != TokenKind::word && t.kind != TokenKind::letters) return std::nullopt;
    words = words || long_run || t.kind == TokenKind::word;
  }
  if (!words || ahead == 0 || ahead == 12) return std::nullopt;
  std::string name;
  for (size_t i = 0; i < ahead; ++i, next()) name += (name.empty() ? "" : " ") + token().text;
  return make_node(Kind::symbol, name, {});
}

// "P(x) =", "f^{-1}(x) =", "N(2) =": a letter applied to letters and numbers before an equals sign is a name.
std::optional<Expression> Parser::named_by_call() {
  if (token().kind != TokenKind::letters || token().text.size() != 1) return std::nullopt;
  size_t ahead = 1;
  const bool inverse = token(1).symbol("^") && token(2).symbol("{") && token(3).symbol("-") &&
                       token(4).is(TokenKind::number, "1") && token(5).symbol("}");
  if (inverse) ahead = 6;
  if (!token(ahead).symbol("(") || (!inverse && (token().text == "f" || token().text == "g")))
    return std::nullopt;
  for (++ahead; ahead < 16 && !token(ahead).symbol(")"); ++ahead) {
    const Token& t = token(ahead);
    const bool plain = t.kind == TokenKind::number || t.kind == TokenKind::command ||
                       t.symbol(",") || t.symbol("-") ||
                       (t.kind == TokenKind::letters && t.text.size() == 1);
    if (!plain) return std::nullopt;
  }
  if (!token(ahead).symbol(")") || !token(ahead + 1).symbol("=")) return std::nullopt;
  std::string name;
  for (size_t i = 0; i <= ahead; ++i, next()) name += token().text;
  return make_node(Kind::symbol, name, {});
}

Expression Parser::item() {
  const Level level(*this);
  while (command("forall") || command("therefore") || command("because") || command("Rightarrow") ||
         command("implies")) {
    if (command("forall")) fail("a quantifier");
    next();
  }
  take("~");
  if (std::optional<Expression> name = named_by_call()) return relation_from(std::move(*name));
  if (std::optional<Expression> name = named_by_words()) return relation_from(std::move(*name));
  return relation_from(set_expression());
}

// What a value is approximately equal to says nothing more: "1/3 ~ 0.333" is 1/3, but "v ~ 3" is v = 3.
Expression Parser::relation_from(Expression left) {
  std::vector<Expression> relations;
  std::vector<Expression> sides;
  sides.push_back(std::move(left));
  bool approximate = false;
  while (const std::optional<std::string> sign = relation_sign()) {
    const Level level(*this);
    next();
    Expression right = set_expression();
    if (*sign == "~" && !(sides.size() == 1 && is_name(sides[0]))) approximate = true;
    if (approximate) continue;
    relations.push_back(
        make_node(Kind::relation, *sign == "~" ? "=" : *sign, {sides.back(), right}));
    sides.push_back(std::move(right));
  }
  if (relations.empty()) return std::move(sides[0]);
  if (relations.size() == 1) return std::move(relations[0]);
  return make_node(Kind::chain, "", std::move(relations));
}

Expression Parser::set_expression() {
  Expression left = ratio_or_sum();
  while (symbol("cup") || symbol("cap") || symbol("minus")) {
    const Level level(*this);
    const std::string name = symbol("cup")   ? "union"
                             : symbol("cap") ? "intersection"
                                             : "difference";
    next();
    Expression right = ratio_or_sum();
    left = make_node(Kind::join, name, {std::move(left), std::move(right)});
  }
  return left;
}

Expression Parser::ratio_or_sum() {
  Expression first = sum();
  if (!symbol(":") || set_head_) return first;
  std::vector<Expression> parts;
  parts.push_back(std::move(first));
  while (take(":")) parts.push_back(sum());
  return make_node(Kind::ratio, "", std::move(parts));
}

Expression parse(std::string_view text, const LexerOptions& options) {
  if (text.size() > kMostAnswerBytes) throw Limit{"the answer is too long"};
  std::vector<Token> tokens = tokenize(text, options);
  if (tokens.size() < 2) throw Unparsable{"empty"};
  return Parser(std::move(tokens)).answer();
}

}  // namespace rlreason::data::math
