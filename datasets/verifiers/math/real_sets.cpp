#include "datasets/verifiers/math/real_sets.h"

#include <algorithm>
#include <set>

#include "datasets/verifiers/math/reduce.h"

namespace rlreason::data::math {
namespace {

using Maybe = std::optional<RealSet>;

struct Unordered {};  // endpoints that cannot be ordered; stays in this file

bool infinite(const Expression& e, bool negative) {
  if (e.is(Kind::constant, "infinity")) return !negative;
  return e.is(Kind::mul) && e.items.size() == 2 && e.items[0].is(Kind::number) &&
         e.items[0].number == Rational(-1) && e.items[1].is(Kind::constant, "infinity") && negative;
}

class Builder {
 public:
  explicit Builder(Scalars& scalars) : scalars_(scalars) {}

  Maybe build(const Expression& e) {
    switch (e.kind) {
      case Kind::interval:
        return interval(e, e.name[0] == '[', e.name[1] == ']');
      case Kind::tuple:
        if (e.items.size() == 2 && e.name == "()") return interval(e, false, false);
        return std::nullopt;
      case Kind::set:
        return points(e);
      case Kind::list:
        return list(e);
      case Kind::join:
        return join(e);
      case Kind::relation:
        return relation(e);
      case Kind::chain:
        return chain(e);
      default:
        return std::nullopt;
    }
  }

  Maybe point(const Expression& e) {
    return RealSet{{.low = e, .high = e, .low_closed = true, .high_closed = true}};
  }

  RealSet merged(RealSet pieces) {
    std::sort(pieces.begin(), pieces.end(),
              [&](const Piece& a, const Piece& b) { return low_order(a, b) < 0; });
    RealSet out;
    for (Piece& piece : pieces) {
      if (!out.empty() && touches(out.back(), piece)) {
        if (high_order(out.back(), piece) < 0) {
          out.back().high = std::move(piece.high);
          out.back().high_closed = piece.high_closed;
        }
      } else {
        out.push_back(std::move(piece));
      }
    }
    return out;
  }

 private:
  int order(const Expression& a, const Expression& b) {
    const std::optional<int> found = scalars_.order(a, b);
    if (!found) throw Unordered{};
    return *found;
  }
  int low_order(const Piece& a, const Piece& b) {
    if (!a.low || !b.low) return (a.low ? 1 : 0) - (b.low ? 1 : 0);
    const int found = order(*a.low, *b.low);
    return found != 0 ? found : (b.low_closed ? 1 : 0) - (a.low_closed ? 1 : 0);
  }
  int high_order(const Piece& a, const Piece& b) {
    if (!a.high || !b.high) return (b.high ? 1 : 0) - (a.high ? 1 : 0);
    const int found = order(*a.high, *b.high);
    return found != 0 ? found : (a.high_closed ? 1 : 0) - (b.high_closed ? 1 : 0);
  }
  // b, which does not begin before a, leaves no gap behind it.
  bool touches(const Piece& a, const Piece& b) {
    if (!a.high || !b.low) return true;
    const int found = order(*b.low, *a.high);
    return found < 0 || (found == 0 && (a.high_closed || b.low_closed));
  }

  Maybe interval(const Expression& e, bool low_closed, bool high_closed) {
    Piece piece{.low = std::nullopt,
                .high = std::nullopt,
                .low_closed = low_closed,
                .high_closed = high_closed};
    if (!infinite(e.items[0], true)) piece.low = e.items[0];
    if (!infinite(e.items[1], false)) piece.high = e.items[1];
    if (piece.low && piece.high) {
      const int found = order(*piece.low, *piece.high);
      if (found > 0 || (found == 0 && !(low_closed && high_closed))) return std::nullopt;
    }
    if (!piece.low) piece.low_closed = false;
    if (!piece.high) piece.high_closed = false;
    return RealSet{piece};
  }

  Maybe points(const Expression& e) {
    RealSet out;
    for (const Expression& item : e.items)
      out.push_back({.low = item, .high = item, .low_closed = true, .high_closed = true});
    return merged(std::move(out));
  }

  RealSet complement(const RealSet& set) {
    RealSet out;
    Piece gap{};
    for (const Piece& piece : set) {
      if (piece.low) {
        gap.high = piece.low;
        gap.high_closed = !piece.low_closed;
        out.push_back(gap);
      }
      gap = {};
      if (!piece.high) return out;
      gap.low = piece.high;
      gap.low_closed = !piece.high_closed;
    }
    out.push_back(gap);
    return out;
  }

  RealSet united(RealSet a, const RealSet& b) {
    a.insert(a.end(), b.begin(), b.end());
    return merged(std::move(a));
  }
  RealSet intersected(const RealSet& a, const RealSet& b) {
    return complement(united(complement(a), complement(b)));
  }

  Maybe join(const Expression& e) {
    const Maybe a = build(e.items[0]), b = build(e.items[1]);
    if (!a || !b) return std::nullopt;
    if (e.name == "union") return united(*a, *b);
    return intersected(*a, e.name == "intersection" ? *b : complement(*b));
  }

  Maybe list(const Expression& e) {
    if (std::none_of(e.items.begin(), e.items.end(), [](const Expression& i) {
          return is_inequality(i) || i.is(Kind::chain) || i.is(Kind::relation);
        }))
      return points(e);
    RealSet all_of, any;
    bool first = true;
    for (const Expression& item : e.items) {
      const Maybe one = build(item);
      if (!one) return std::nullopt;
      any = united(std::move(any), *one);
      all_of = first ? *one : intersected(all_of, *one);
      first = false;
    }
    const bool everything = any.size() == 1 && !any[0].low && !any[0].high;
    return everything ? all_of : any;
  }

  Maybe chain(const Expression& e) {
    Maybe out;
    for (const Expression& relation_of : e.items) {
      const Maybe one = relation(relation_of);
      if (!one) return std::nullopt;
      out = out ? intersected(*out, *one) : *one;
    }
    return out;
  }

  // The one variable of a side; empty where there is none or several.
  static void symbols(const Expression& e, std::set<std::string>& out) {
    if (e.is(Kind::symbol)) out.insert(e.name);
    for (const Expression& item : e.items) symbols(item, out);
  }

  // |u| < c is -c < u < c; x^2 < c is |x| < sqrt(c).
  Maybe symmetric(const Expression& e) {
    const bool swapped = !e.items[1].is(Kind::number) && !has_symbols(e.items[0]);
    const Expression& side = e.items[swapped ? 1 : 0];
    Expression bound = e.items[swapped ? 0 : 1];
    std::string sign = e.name;
    if (swapped && sign[0] != '!') sign[0] = sign[0] == '<' ? '>' : '<';
    const bool square = side.is(Kind::power) && side.items[0].is(Kind::symbol) &&
                        side.items[1].is(Kind::number) && side.items[1].number == Rational(2);
    if ((!side.is(Kind::call, "abs") && !square) || has_symbols(bound)) return std::nullopt;
    const std::optional<int> size = scalars_.order(bound, make_number(Rational(0)));
    if (!size || *size <= 0) return std::nullopt;
    if (square) bound = make_node(Kind::call, "sqrt", {std::move(bound)});
    const Expression& inner = side.items[0];
    std::string mirrored = sign;
    if (sign[0] != '!') mirrored[0] = sign[0] == '<' ? '>' : '<';
    const Maybe upper = relation(make_node(Kind::relation, sign, {inner, bound}));
    const Maybe lower =
        relation(make_node(Kind::relation, mirrored, {inner, make_negative(bound)}));
    if (!upper || !lower) return std::nullopt;
    return sign[0] == '>' ? united(*upper, *lower) : intersected(*upper, *lower);
  }

  Maybe relation(const Expression& e) {
    if (e.name == "in") return build(e.items[1]);
    if (!is_inequality(e) && e.name != "=") return std::nullopt;
    if (is_inequality(e))
      if (Maybe found = symmetric(e)) return found;
    std::set<std::string> names;
    symbols(e, names);
    if (names.size() != 1) return std::nullopt;
    if (e.name == "=" && !e.items[0].is(Kind::symbol)) return std::nullopt;
    const std::string& x = *names.begin();
    const auto difference_at = [&](int64_t value) {
      const Expression at = make_number(Rational(value));
      return make_node(
          Kind::add, "",
          {substituted(e.items[0], x, at), make_negative(substituted(e.items[1], x, at))});
    };
    // L - R = intercept + slope * x
    const Expression intercept = difference_at(0);
    const Expression slope = make_node(Kind::add, "", {difference_at(1), make_negative(intercept)});
    for (const int64_t at : {2, -3}) {
      const Expression line = make_node(
          Kind::add, "", {intercept, make_node(Kind::mul, "", {make_number(Rational(at)), slope})});
      if (!scalars_.same(difference_at(at), line)) return std::nullopt;
    }
    const std::optional<int> rising = scalars_.order(slope, make_number(Rational(0)));
    if (!rising || *rising == 0) return std::nullopt;
    const Expression root = make_negative(make_quotient(intercept, slope));
    return half_line(e.name, *rising > 0, root);
  }

  Maybe half_line(std::string sign, bool rising, const Expression& root) {
    if (sign == "=")
      return RealSet{{.low = root, .high = root, .low_closed = true, .high_closed = true}};
    if (sign == "!=")
      return complement({{.low = root, .high = root, .low_closed = true, .high_closed = true}});
    if (!rising) sign[0] = sign[0] == '<' ? '>' : '<';
    const bool closed = sign.size() == 2;
    if (sign[0] == '<')
      return RealSet{
          {.low = std::nullopt, .high = root, .low_closed = false, .high_closed = closed}};
    return RealSet{{.low = root, .high = std::nullopt, .low_closed = closed, .high_closed = false}};
  }

  Scalars& scalars_;
};

// f(x) between bounds is a variable.
Expression calls_as_symbols(const Expression& e) {
  if (e.is(Kind::call, "f") || e.is(Kind::call, "g"))
    return make_node(Kind::symbol, to_text(e), {});
  Expression out = e;
  for (Expression& item : out.items) item = calls_as_symbols(item);
  return out;
}

}  // namespace

bool is_inequality(const Expression& e) {
  return e.is(Kind::relation) && (e.name[0] == '<' || e.name[0] == '>' || e.name == "!=");
}

std::optional<RealSet> real_set(const Expression& expression, Scalars& scalars) {
  try {
    Builder builder(scalars);
    return is_scalar(expression) && !has_symbols(expression)
               ? builder.point(expression)
               : builder.build(calls_as_symbols(expression));
  } catch (const Unordered&) {
    return std::nullopt;
  }
}

bool equal_sets(const RealSet& a, const RealSet& b, Scalars& scalars) {
  const auto end = [&](const std::optional<Expression>& x, const std::optional<Expression>& y) {
    return x.has_value() == y.has_value() && (!x || scalars.same(*x, *y));
  };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](const Piece& x, const Piece& y) {
           return x.low_closed == y.low_closed && x.high_closed == y.high_closed &&
                  end(x.low, y.low) && end(x.high, y.high);
         });
}

}  // namespace rlreason::data::math
