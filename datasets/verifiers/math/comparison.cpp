#include "datasets/verifiers/math/comparison.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "datasets/verifiers/math/exact.h"
#include "datasets/verifiers/math/names.h"
#include "datasets/verifiers/math/real_sets.h"
#include "datasets/verifiers/math/reduce.h"
#include "datasets/verifiers/math/scalars.h"
#include "datasets/verifiers/math/units.h"

namespace rlreason::data::math {
namespace {

constexpr size_t kMostMatched = 64;

// A number as it was written with a point, also with a percent sign or a unit.
struct Literal {
  Rational value;
  int64_t decimals = 0;
};
std::optional<Literal> decimal_literal(const Expression& e) {
  if (e.is(Kind::number) && e.decimals >= 0) return Literal{e.number, e.decimals};
  if (e.is(Kind::quantity)) return decimal_literal(e.items[0]);
  if (!e.is(Kind::percent)) return std::nullopt;
  std::optional<Literal> inner = decimal_literal(e.items[0]);
  if (inner) inner = Literal{inner->value / Rational(100), inner->decimals + 2};
  return inner;
}

bool is_collection(const Expression& e) { return e.is(Kind::list) || e.is(Kind::set); }
bool is_equation(const Expression& e) { return e.is(Kind::relation, "="); }
bool is_relation(const Expression& e) { return e.is(Kind::relation) || e.is(Kind::chain); }
bool is_range(const Expression& e) { return e.is(Kind::interval) || e.is(Kind::join); }

class Comparer {
 public:
  Comparer(const AnswerOptions& options, Fuel& fuel)
      : options_(options), fuel_(fuel), scalars_(fuel) {}

  Comparison run(const Expression& gold, const Expression& answer) {
    bool found = equal(reduced(gold), reduced(answer), 0);
    if (!found && !options_.strict)
      found = equal(reduced(renamed(gold)), reduced(renamed(answer)), 0);
    return {.equal = found, .rule = rule_};
  }

 private:
  // Symbols by the order of their first use.
  static Expression renamed(const Expression& e) {
    std::vector<std::string> names;
    const std::function<void(const Expression&)> collect = [&](const Expression& x) {
      if (x.is(Kind::symbol) && std::find(names.begin(), names.end(), x.name) == names.end())
        names.push_back(x.name);
      for (const Expression& item : x.items) collect(item);
    };
    collect(e);
    Expression out = e;
    for (size_t i = 0; i < names.size(); ++i)
      out =
          substituted(out, names[i], make_node(Kind::symbol, "v_{" + std::to_string(i) + "}", {}));
    return out;
  }

  bool by(const char* rule, bool result) {
    rule_ = rule;
    return result;
  }

  // `index`: of the element in the gold's list, for its own tolerance.
  bool equal(const Expression& gold, const Expression& answer, size_t index) {
    fuel_.spend(2);
    if (to_text(gold) == to_text(answer) && !answer.is(Kind::text)) return by("form", true);
    if (const std::optional<bool> named = equal_named(gold, answer, index)) return *named;
    if (is_relation(gold) || is_relation(answer)) return equal_relations(gold, answer);
    if (is_collection(gold) || is_collection(answer)) return equal_collections(gold, answer, index);
    if (is_range(gold) || is_range(answer)) return equal_ranges(gold, answer, index);
    if (gold.is(Kind::tuple) && answer.is(Kind::tuple))
      return by("tuple", equal_in_order(gold.items, answer.items));
    if (gold.is(Kind::ratio) && answer.is(Kind::ratio) && gold.items.size() > 2)
      return equal_ratios(gold, answer);
    if (const std::optional<bool> found = equal_matrices(gold, answer)) return *found;
    if (is_scalar(gold) && is_scalar(answer)) return equal_scalars(gold, answer, index);
    return by("type", false);
  }

  // "name = value" against a value, and "p = 5, q = 2" against (5, 2).
  std::optional<bool> equal_named(const Expression& gold, const Expression& answer, size_t index) {
    const auto gives_value = [](const Expression& e) {
      return (is_equation(e) || e.is(Kind::relation, "in")) && is_name(e.items[0]);
    };
    const bool gold_named = gives_value(gold), answer_named = gives_value(answer);
    if (gold_named && !is_relation(answer) && !named_values(answer))
      return equal(gold.items[1], answer, index);
    if (answer_named && !is_relation(gold) && !named_values(gold))
      return equal(gold, answer.items[1], index);
    if (gold_named && answer_named) {
      const bool same_name = to_text(gold.items[0]) == to_text(answer.items[0]) || !options_.strict;
      if (same_name) return equal(reduced(gold.items[1]), reduced(answer.items[1]), index);
      return std::nullopt;
    }
    // "x = +-3" against "x = 3 or x = -3"
    if (gold_named && same_names(answer, gold.items[0]))
      return equal(gold.items[1], make_node(Kind::list, "", *named_values(answer)), index);
    if (answer_named && same_names(gold, answer.items[0]))
      return equal(make_node(Kind::list, "", *named_values(gold)), answer.items[1], index);
    const auto g = named_values(gold), a = named_values(answer);
    if (g.has_value() == a.has_value()) return std::nullopt;
    const Expression& plain = g ? answer : gold;
    if (!is_collection(plain) && !plain.is(Kind::tuple)) return std::nullopt;
    const std::vector<Expression>& values = g ? *g : *a;
    if (is_collection(plain) && one_letter(g ? gold : answer)) {
      const Expression list = make_node(Kind::list, "", values);
      return g ? equal(list, answer, index) : equal(gold, list, index);
    }
    return by("tuple",
              g ? equal_in_order(values, plain.items) : equal_in_order(plain.items, values));
  }

  // "x = 3 or x = -3" gives only this name its values.
  static bool same_names(const Expression& list, const Expression& name) {
    if (!named_values(list)) return false;
    return std::all_of(list.items.begin(), list.items.end(), [&](const Expression& item) {
      return to_text(item.items[0]) == to_text(name);
    });
  }

  // x_1 = …, x_2 = …: values of one unknown, in any order.
  static bool one_letter(const Expression& list) {
    const std::string first = to_text(list.items[0].items[0]);
    return std::all_of(list.items.begin(), list.items.end(), [&](const Expression& item) {
      return to_text(item.items[0])[0] == first[0];
    });
  }

  bool equal_in_order(const std::vector<Expression>& gold, const std::vector<Expression>& answer) {
    if (gold.size() != answer.size()) return false;
    for (size_t i = 0; i < gold.size(); ++i)
      if (!equal(reduced(gold[i]), reduced(answer[i]), i)) return false;
    return true;
  }

  bool equal_collections(const Expression& gold, const Expression& answer, size_t index) {
    if (is_collection(gold) && is_collection(answer)) {
      if (equal_unordered(gold.items, answer.items)) return by("set", true);
      return by("set", false);
    }
    if (gold.items.size() == 1 && is_collection(gold)) return equal(gold.items[0], answer, index);
    if (answer.items.size() == 1 && is_collection(answer))
      return equal(gold, answer.items[0], index);
    const Expression& other = is_collection(gold) ? answer : gold;
    const auto relational = [](const Expression& e) {
      return is_collection(e) && std::any_of(e.items.begin(), e.items.end(), is_relation);
    };
    if (is_range(other) && (relational(gold) || relational(answer)))
      return equal_ranges(gold, answer, index);
    const bool list = gold.is(Kind::list) || answer.is(Kind::list);
    const bool bracketed = other.is(Kind::tuple) || other.is(Kind::interval, "[]");
    if (list && bracketed) return by("tuple", equal_in_order(gold.items, answer.items));
    if (is_range(other)) return equal_ranges(gold, answer, index);
    // a list of repetitions: 42 and 42
    if (const std::vector<Expression> once =
            distinct(is_collection(gold) ? gold.items : answer.items);
        once.size() == 1)
      return is_collection(gold) ? equal(once[0], answer, index) : equal(gold, once[0], index);
    return by("type", false);
  }

  std::vector<Expression> distinct(const std::vector<Expression>& items) {
    std::vector<Expression> out;
    for (const Expression& item : items)
      if (std::none_of(out.begin(), out.end(),
                       [&](const Expression& kept) { return equal(kept, item, 0); }))
        out.push_back(item);
    return out;
  }

  // One partner for each: augmenting paths over who equals whom.
  bool equal_unordered(const std::vector<Expression>& gold, const std::vector<Expression>& answer) {
    if (gold.size() > kMostMatched || answer.size() > kMostMatched)
      return equal_in_order(gold, answer);
    if (gold.size() != answer.size()) {
      const std::vector<Expression> g = distinct(gold), a = distinct(answer);
      return g.size() == a.size() && (g.size() < gold.size() || a.size() < answer.size()) &&
             equal_unordered(g, a);
    }
    const size_t n = gold.size();
    std::vector<std::vector<size_t>> partners(n);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j)
        if (equal(gold[i], answer[j], i)) partners[i].push_back(j);
      if (partners[i].empty()) return false;
    }
    std::vector<size_t> owner(n, n);
    for (size_t i = 0; i < n; ++i) {
      std::vector<bool> tried(n, false);
      if (!assign(i, partners, owner, tried)) return false;
    }
    return true;
  }
  bool assign(size_t i, const std::vector<std::vector<size_t>>& partners,
              std::vector<size_t>& owner, std::vector<bool>& tried) {
    for (const size_t j : partners[i]) {
      if (tried[j]) continue;
      tried[j] = true;
      if (owner[j] == owner.size() || assign(owner[j], partners, owner, tried)) {
        owner[j] = i;
        return true;
      }
    }
    return false;
  }

  bool equal_as_sets(const Expression& gold, const Expression& answer) {
    const std::optional<RealSet> a = real_set(gold, scalars_), b = real_set(answer, scalars_);
    return a && b && equal_sets(*a, *b, scalars_);
  }

  // The parts of a union, for endpoints with symbols.
  static void parts(const Expression& e, std::vector<Expression>& out) {
    if (e.is(Kind::join, "union"))
      for (const Expression& item : e.items) parts(item, out);
    else
      out.push_back(e);
  }

  bool equal_ranges(const Expression& gold, const Expression& answer, size_t index) {
    if (equal_as_sets(gold, answer)) return by("interval", true);
    const auto pair = [](const Expression& e) {
      return (e.is(Kind::interval, "()") || (e.is(Kind::tuple, "()"))) && e.items.size() == 2;
    };
    const bool same_brackets =
        gold.is(Kind::interval) && answer.is(Kind::interval) && gold.name == answer.name;
    if ((pair(gold) && pair(answer)) || same_brackets)
      return by("interval", equal_in_order(gold.items, answer.items));
    if (gold.is(Kind::interval, "[]") && answer.is(Kind::tuple, "[]"))
      return by("tuple", equal_in_order(gold.items, answer.items));
    if (gold.is(Kind::join) && answer.is(Kind::join)) {
      std::vector<Expression> a, b;
      parts(gold, a);
      parts(answer, b);
      if (a.size() > 1 && a.size() == b.size()) return by("interval", equal_unordered(a, b));
      if (a.size() == 1 && gold.name == answer.name)
        return by("interval", equal_in_order(gold.items, answer.items));
    }
    static_cast<void>(index);
    return by("interval", false);
  }

  static Expression difference(const Expression& relation) {
    return make_node(Kind::add, "", {relation.items[0], make_negative(relation.items[1])});
  }

  // Left side below: "a > b" is "b < a".
  static Expression ascending(Expression e) {
    if (e.is(Kind::relation) && e.name[0] == '>') {
      e.name[0] = '<';
      std::swap(e.items[0], e.items[1]);
    }
    return e;
  }
  static std::vector<Expression> links(const Expression& e) {
    if (e.is(Kind::relation)) return {ascending(e)};
    std::vector<Expression> out;
    for (const Expression& item : e.items) out.push_back(ascending(item));
    if (e.items[0].name[0] == '>') std::reverse(out.begin(), out.end());
    return out;
  }

  bool equal_links(const Expression& g, const Expression& a) {
    if (g.name != a.name) return false;
    if (equal(reduced(g.items[0]), reduced(a.items[0]), 0) &&
        equal(reduced(g.items[1]), reduced(a.items[1]), 0))
      return true;
    const bool scalar_sides = std::all_of(g.items.begin(), g.items.end(), is_scalar) &&
                              std::all_of(a.items.begin(), a.items.end(), is_scalar);
    if (!scalar_sides) return false;
    if (g.name == "=" || g.name == "!=")
      return scalars_.proportional(difference(g), difference(a), false);
    return is_inequality(g) && scalars_.proportional(difference(g), difference(a), true);
  }

  bool equal_relations(const Expression& gold, const Expression& answer) {
    if (is_relation(gold) && is_relation(answer)) {
      const std::vector<Expression> g = links(gold), a = links(answer);
      bool all = g.size() == a.size();
      for (size_t i = 0; all && i < g.size(); ++i) all = equal_links(g[i], a[i]);
      if (all) return by("relation", true);
    }
    const bool sets =
        options_.allow_set_relation_comp || (is_relation(gold) && is_relation(answer));
    if (sets && one_unknown(gold, answer) && equal_as_sets(gold, answer))
      return by("interval", true);
    return by("relation", false);
  }

  // Two inequalities are about the same variable.
  bool one_unknown(const Expression& gold, const Expression& answer) const {
    const std::string g = variable(gold), a = variable(answer);
    return g.empty() || a.empty() || g == a || !options_.strict;
  }
  static std::string variable(const Expression& e) {
    if (e.is(Kind::symbol)) return e.name;
    for (const Expression& item : e.items)
      if (std::string found = variable(item); !found.empty()) return found;
    return {};
  }

  bool equal_ratios(const Expression& gold, const Expression& answer) {
    bool all = gold.items.size() == answer.items.size();
    for (size_t i = 1; all && i < gold.items.size(); ++i)
      all = scalars_.same(make_node(Kind::mul, "", {gold.items[i], answer.items[0]}),
                          make_node(Kind::mul, "", {answer.items[i], gold.items[0]}));
    return by("ratio", all);
  }

  std::optional<bool> equal_matrices(const Expression& gold, const Expression& answer) {
    const std::optional<Expression> g = as_matrix(gold), a = as_matrix(answer);
    if (!g || !a) return std::nullopt;
    return by("matrix", g->name == a->name && equal_in_order(g->items, a->items));
  }

  std::optional<Rational> tolerance(size_t index) const {
    if (options_.abs_tol.empty()) return std::nullopt;
    const double value = options_.abs_tol[std::min(index, options_.abs_tol.size() - 1)];
    return Rational::from_double(value * (1 + 1e-9));
  }

  // Two answers in known units of one dimension are scaled; of different dimensions they differ.
  std::optional<bool> equal_quantities(const Expression& gold, const Expression& answer,
                                       size_t index) {
    if (!gold.is(Kind::quantity) || !answer.is(Kind::quantity) || gold.name == answer.name)
      return std::nullopt;
    const Unit g = unit_of(gold.name), a = unit_of(answer.name);
    if (g.dimension.empty() || a.dimension.empty()) return std::nullopt;
    if (g.dimension != a.dimension) return by("unit", false);
    if (g.scale == a.scale) return std::nullopt;
    const Expression scaled =
        make_node(Kind::mul, "", {answer.items[0], make_number(a.scale / g.scale)});
    return by("unit", equal_scalars(gold.items[0], scaled, index));
  }

  // "20" for 20 %, and "20 %" for 20: the sign is a unit that the question gave.  "0.2 %" for 0.2 is another number.
  bool percent_left_out(const Expression& g, const Expression& a) {
    if (g.is(Kind::percent) == a.is(Kind::percent)) return false;
    const Expression& plain = g.is(Kind::percent) ? a : g;
    if (a.is(Kind::percent) && scalars_.order(plain, make_number(Rational(1))).value_or(-1) <= 0)
      return false;
    return scalars_.same(g.is(Kind::percent) ? g.items[0] : g,
                         a.is(Kind::percent) ? a.items[0] : a);
  }

  bool equal_scalars(const Expression& gold, const Expression& answer, size_t index) {
    if (const std::optional<bool> units = equal_quantities(gold, answer, index)) return *units;
    const Expression& g = gold.is(Kind::quantity) ? gold.items[0] : gold;
    const Expression& a = answer.is(Kind::quantity) ? answer.items[0] : answer;
    if (g.is(Kind::based) != a.is(Kind::based) &&
        !(g.is(Kind::based) ? g : a).is(Kind::based, "10"))
      return by("base", false);
    if (g.is(Kind::based) && a.is(Kind::based))
      return by("base", g.name == a.name && g.number == a.number);
    if (scalars_.same(g, a)) return by("value", true);
    if (percent_left_out(g, a)) return by("percent", true);
    if (const std::optional<Rational> allowed = tolerance(index))
      return by("tolerance", scalars_.within(g, a, *allowed));
    const std::optional<Literal> x = decimal_literal(g), y = decimal_literal(a);
    const auto long_enough = [&](const std::optional<Literal>& l) {
      return l && l->decimals >= options_.float_rounding;
    };
    if (long_enough(y) && scalars_.rounds_to(g, y->value, y->decimals, options_.float_rounding + 2))
      return by("decimal", true);
    if (long_enough(x) && scalars_.rounds_to(a, x->value, x->decimals, options_.float_rounding + 2))
      return by("decimal", true);
    return by(x || y ? "decimal" : "value", false);
  }

  const AnswerOptions& options_;
  Fuel& fuel_;
  Scalars scalars_;
  std::string rule_ = "type";
};

}  // namespace

Comparison compare(const Expression& gold, const Expression& answer, const AnswerOptions& options,
                   Fuel& fuel) {
  return Comparer(options, fuel).run(gold, answer);
}

std::string class_of(const Expression& answer, Fuel& fuel) {
  const Expression e = reduced(answer);
  Scalars scalars(fuel);
  const std::function<std::string(const Expression&)> text =
      [&](const Expression& x) -> std::string {
    if (is_equation(x) && is_name(x.items[0])) return text(x.items[1]);
    if (is_scalar(x) && !has_symbols(x)) {
      std::string value = scalars.digits(x.is(Kind::quantity) ? x.items[0] : x);
      return value.empty() ? to_text(x) : value;
    }
    if (!is_collection(x) && !x.is(Kind::tuple))
      return to_text(x.is(Kind::quantity) ? x.items[0] : x);
    std::vector<std::string> parts;
    for (const Expression& item : x.items) parts.push_back(text(item));
    if (is_collection(x)) std::sort(parts.begin(), parts.end());
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
    return is_collection(x) ? out : "(" + out + ")";
  };
  return text(e);
}

}  // namespace rlreason::data::math
