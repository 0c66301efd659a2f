#include "datasets/verifiers/math/scalars.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/random.h"
#include "datasets/verifiers/math/ball.h"
#include "datasets/verifiers/math/exact.h"

namespace rlreason::data::math {
namespace {

constexpr int kPoints = 20, kNeeded = 8;
constexpr int64_t kMostSummands = 200;
constexpr int64_t kMostPrecision = int64_t{1} << 16;
constexpr const char* kLogBase = "#log";  // the base of a bare \log, which is not said

void collect_symbols(const Expression& e, std::set<std::string>& out) {
  if (e.is(Kind::symbol)) out.insert(e.name);
  for (const Expression& item : e.items) collect_symbols(item, out);
}

// Values that no coefficient of an answer is likely to share: k/997 within a scale.
Rational sample(const std::string& name, int point) {
  static constexpr std::array<int64_t, kPoints> kScale = {2,   1, 3, 5,  2, 20, 1, 2, 3,  5,
                                                          150, 2, 1, 30, 4, 1,  8, 2, 60, 3};
  const uint64_t bits = random_bits({.seed = 20,
                                     .purpose = Purpose::noise,
                                     .iteration = static_cast<uint64_t>(point),
                                     .prompt = hash_id(name)});
  const auto numerator =
      static_cast<int64_t>(bits %
                           (997 * static_cast<uint64_t>(kScale[static_cast<size_t>(point)]))) +
      1;
  // The first six points are positive, and the base of a logarithm always is.
  const bool negative = point >= 6 && name != kLogBase && (bits >> 40U) % 2 == 1;
  return {negative ? -numerator : numerator, 997};
}

bool is_symbol(const Expression& e) { return e.is(Kind::symbol); }
bool has_symbol(const Expression& e) { return any_of(e, is_symbol); }
// A rough size of a constant; at least 1.
double magnitude(const Expression& e) {
  Fuel fuel;
  try {
    if (const std::optional<Rational> exact = exact_value(e, fuel))
      return std::max(1.0, exact->magnitude());
    const Point none;
    Evaluation evaluation{.point = &none, .bits = 64, .fuel = &fuel};
    if (const std::optional<Ball> ball = ball_value(e, evaluation))
      return std::max(1.0, ball->magnitude());
  } catch (const Limit&) {
    return 1e300;
  }
  return 1;
}
bool imaginary(const Expression& e) { return e.is(Kind::constant, "i"); }
bool has_abs(const Expression& e) { return e.is(Kind::call, "abs"); }
bool integer_power(const Expression& e) {
  return e.is(Kind::power) && e.items[0].is(Kind::number) && e.items[0].number.sign() < 0 &&
         !e.items[1].is(Kind::number);
}

// Along the first row; nothing for a matrix that is not square.
std::optional<Expression> determinant(const std::vector<Expression>& cells) {
  size_t n = 1;
  while (n * n < cells.size()) ++n;
  if (n * n != cells.size()) return std::nullopt;
  if (n == 1) return cells[0];
  std::vector<Expression> terms;
  for (size_t column = 0; column < n; ++column) {
    std::vector<Expression> minor;
    for (size_t i = n; i < cells.size(); ++i)
      if (i % n != column) minor.push_back(cells[i]);
    terms.push_back(make_node(
        Kind::mul, "",
        {make_number(Rational(column % 2 == 0 ? 1 : -1)), cells[column], *determinant(minor)}));
  }
  return make_node(Kind::add, "", std::move(terms));
}

// How many bits a constant of this form may need: its literals', multiplied by whole exponents, log2 n! for factorials.
double height(const Expression& e) {
  double sum = 0;
  for (const Expression& item : e.items) sum += height(item);
  if (e.is(Kind::number)) return static_cast<double>(e.number.bits());
  if (e.is(Kind::power) && !has_symbol(e.items[1]))
    return std::max(sum, height(e.items[0]) * magnitude(e.items[1]));
  if (e.is(Kind::call, "factorial")) {
    const double n = magnitude(e.items[0]);
    return std::max(sum, n * std::log2(n + 2));
  }
  return sum + 2;
}
int64_t precision_for(const Expression& a, const Expression& b) {
  const double bits = 256 + 2 * std::max(height(a), height(b));
  return bits < 512 ? 512 : bits > 1e12 ? int64_t{1} << 40 : static_cast<int64_t>(bits);
}

enum class AtPoint : uint8_t { same, different, skip };

// Both at one point, at rising precision.
AtPoint at_point(const Expression& a, const Expression& b, const Point& point, bool complex,
                 bool strict_domain, Fuel& fuel) {
  const int64_t enough = precision_for(a, b);
  for (const int64_t bits : {int64_t{128}, std::min(enough, kMostPrecision)}) {
    Evaluation left{.point = &point, .bits = bits, .fuel = &fuel}, right = left;
    const std::optional<Ball> x = ball_value(a, left), y = ball_value(b, right);
    if (!x || !y) return AtPoint::skip;
    if (!complex && (left.out_of_domain || right.out_of_domain) &&
        !(strict_domain && left.out_of_domain != right.out_of_domain))
      return AtPoint::skip;
    const Likeness found = likeness(*x, *y, bits);
    if (found == Likeness::different) return AtPoint::different;
    if (found == Likeness::alike && bits >= enough) return AtPoint::same;
  }
  if (enough > kMostPrecision) throw Limit{"a number too large or too small to compare"};
  return AtPoint::skip;
}

Expression shifted(const Expression& a, const Expression& b) {
  return make_node(Kind::add, "", {a, make_negative(b)});
}

}  // namespace

Expression substituted(const Expression& e, const std::string& symbol, const Expression& value) {
  if (e.is(Kind::symbol) && e.name == symbol) return value;
  Expression out = e;
  for (Expression& item : out.items) item = substituted(item, symbol, value);
  return out;
}

Expression Scalars::unknown(Expression e) {
  for (size_t i = 0; i < unknowns_.size(); ++i) {
    const Expression& known = unknowns_[i];
    if (known.kind != e.kind || known.name != e.name || known.items.size() != e.items.size())
      continue;
    bool equal = true;
    for (size_t j = 0; equal && j < e.items.size(); ++j) {
      fuel_.spend(1);
      equal = to_text(known.items[j]) == to_text(e.items[j]) || same(known.items[j], e.items[j]);
    }
    if (equal) return make_node(Kind::symbol, "#" + std::to_string(i), {});
  }
  if (unknowns_.size() > 32) throw Limit{"too many unknown functions"};
  unknowns_.push_back(std::move(e));
  return make_node(Kind::symbol, "#" + std::to_string(unknowns_.size() - 1), {});
}

// A sum or product over a short range of integers is written out.
Expression Scalars::expanded_sum(const Expression& e, int depth, bool& done) {
  done = false;
  if (e.name != "sum" && e.name != "prod") return {};
  const std::optional<Rational> low = exact_value(e.items[2], fuel_),
                                high = exact_value(e.items[3], fuel_);
  if (!low || !high || !low->is_small() || !high->is_small() || !e.items[1].is(Kind::symbol))
    return {};
  const int64_t count = high->to_int() - low->to_int() + 1;
  if (count < 1 || count > kMostSummands) return {};
  std::vector<Expression> terms;
  for (int64_t k = low->to_int(); k <= high->to_int(); ++k) {
    fuel_.spend(4);
    terms.push_back(
        prepared(substituted(e.items[0], e.items[1].name, make_number(Rational(k))), depth + 1));
  }
  done = true;
  return make_node(e.name == "sum" ? Kind::add : Kind::mul, "", std::move(terms));
}

Expression Scalars::prepared(const Expression& e, int depth) {
  fuel_.spend(1);
  if (depth > 2 * static_cast<int>(kMostDepth)) throw Limit{"nested too deeply"};
  if (e.is(Kind::quantity)) return prepared(e.items[0], depth + 1);
  if (e.is(Kind::based)) {
    if (const std::optional<Rational> value = based_value(e)) return make_number(*value);
    return unknown(e);
  }
  if (e.is(Kind::call, "det") && e.items[0].is(Kind::matrix) && e.items[0].items.size() <= 16)
    if (std::optional<Expression> value = determinant(e.items[0].items))
      return prepared(*value, depth + 1);
  if (e.is(Kind::bound)) {
    bool done = false;
    Expression sum = expanded_sum(e, depth, done);
    if (done) return sum;
    Expression renamed = e;
    if (e.items[1].is(Kind::symbol)) {
      const Expression index = make_node(Kind::symbol, "#index" + std::to_string(depth), {});
      renamed.items[0] = substituted(e.items[0], e.items[1].name, index);
      renamed.items[1] = index;
    }
    return unknown(std::move(renamed));
  }
  Expression out = make_node(e.kind, e.name, {});
  out.number = e.number;
  out.decimals = e.decimals;
  for (const Expression& item : e.items) out.items.push_back(prepared(item, depth + 1));
  if (e.is(Kind::call, "log") && e.items.size() == 1) {
    Expression base = make_node(Kind::call, "ln", {make_node(Kind::symbol, kLogBase, {})});
    return make_quotient(make_node(Kind::call, "ln", std::move(out.items)), std::move(base));
  }
  static constexpr std::array<std::string_view, 11> kUnknown = {
      "f", "g", "det", "arg", "Re", "Im", "tr", "rank", "dim", "ker", "deg"};
  if (e.is(Kind::call) && std::find(kUnknown.begin(), kUnknown.end(), e.name) != kUnknown.end())
    return unknown(std::move(out));
  return out;
}

bool Scalars::same(const Expression& first, const Expression& second) {
  if (to_text(first) == to_text(second)) return true;
  if (first.is(Kind::text) || second.is(Kind::text)) return false;
  const Expression a = prepared(first), b = prepared(second);
  const std::optional<Rational> x = exact_value(a, fuel_), y = exact_value(b, fuel_);
  if (x && y) return *x == *y;
  std::set<std::string> symbols;
  collect_symbols(a, symbols);
  collect_symbols(b, symbols);
  const bool complex = any_of(a, imaginary) || any_of(b, imaginary);
  const bool absolute = any_of(a, has_abs) || any_of(b, has_abs);
  if (symbols.empty()) return at_point(a, b, {}, true, false, fuel_) == AtPoint::same;
  // (-1)^n has real values at integers only.
  const bool integers = any_of(a, integer_power) || any_of(b, integer_power);
  int agreed = 0;
  for (int i = 0; i < kPoints && agreed < kNeeded; ++i) {
    Point point;
    for (const std::string& name : symbols) {
      Rational value = sample(name, i);
      point.emplace(name, integers && name[0] != '#'
                              ? Rational(2) * value.abs().floor() + Rational(i % 2 + 1)
                              : std::move(value));
    }
    switch (at_point(a, b, point, complex, absolute, fuel_)) {
      case AtPoint::different:
        return false;
      case AtPoint::same:
        ++agreed;
        break;
      case AtPoint::skip:
        break;
    }
  }
  return agreed >= kNeeded / 2;
}

bool Scalars::proportional(const Expression& first, const Expression& second, bool positive) {
  const Expression a = prepared(first), b = prepared(second);
  std::set<std::string> symbols;
  collect_symbols(a, symbols);
  collect_symbols(b, symbols);
  // The factor at one point, then a = factor * b everywhere.
  for (int i = 0; i < 6; ++i) {
    Point point;
    for (const std::string& name : symbols) point.emplace(name, sample(name, i));
    Evaluation left{.point = &point, .bits = 128, .fuel = &fuel_}, right = left;
    const std::optional<Ball> x = ball_value(a, left), y = ball_value(b, right);
    if (!x || !y || acb_contains_zero(x->raw()) != 0 || acb_contains_zero(y->raw()) != 0) continue;
    if (positive && (!x->real() || !y->real() ||
                     (arb_is_positive(acb_realref(x->raw())) != 0) !=
                         (arb_is_positive(acb_realref(y->raw())) != 0)))
      return false;
    Expression at_a = a, at_b = b;
    for (const auto& [name, value] : point) {
      at_a = substituted(at_a, name, make_number(value));
      at_b = substituted(at_b, name, make_number(value));
    }
    return same(make_node(Kind::mul, "", {a, at_b}), make_node(Kind::mul, "", {b, at_a}));
  }
  return false;
}

std::optional<int> Scalars::order(const Expression& first, const Expression& second) {
  const Expression a = prepared(first), b = prepared(second);
  const std::optional<Rational> x = exact_value(a, fuel_), y = exact_value(b, fuel_);
  if (x && y) return compare(*x, *y);
  const Point none;
  for (const int64_t bits : {128, 512}) {
    Evaluation left{.point = &none, .bits = bits, .fuel = &fuel_}, right = left;
    const std::optional<Ball> u = ball_value(a, left), v = ball_value(b, right);
    if (!u || !v || !u->real() || !v->real()) return std::nullopt;
    if (arb_lt(acb_realref(u->raw()), acb_realref(v->raw())) != 0) return -1;
    if (arb_gt(acb_realref(u->raw()), acb_realref(v->raw())) != 0) return 1;
    if (bits == 512 && likeness(*u, *v, bits) == Likeness::alike) return 0;
  }
  return std::nullopt;
}

bool Scalars::within(const Expression& a, const Expression& b, const Rational& tolerance) {
  const Expression distance = make_node(Kind::call, "abs", {shifted(a, b)});
  const std::optional<int> found = order(distance, make_number(tolerance));
  return found && *found <= 0;
}

bool Scalars::rounds_to(const Expression& exact, const Rational& decimal, int64_t decimals,
                        int64_t cut_from) {
  const Rational unit = Rational::power_of_ten(-decimals);
  if (within(exact, make_number(decimal), unit / Rational(2))) return true;
  if (decimals < cut_from) return false;
  const std::optional<int> nearer =
      order(make_node(Kind::call, "abs", {exact}), make_number(decimal.abs()));
  if (!nearer || *nearer < 0) return false;  // only towards zero
  const Expression distance = make_node(Kind::call, "abs", {shifted(exact, make_number(decimal))});
  const std::optional<int> cut = order(distance, make_number(unit));
  return cut && *cut < 0;
}

std::string Scalars::digits(const Expression& e) {
  const Expression a = prepared(e);
  if (const std::optional<Rational> exact = exact_value(a, fuel_)) return exact->text();
  const Point none;
  Evaluation evaluation{.point = &none, .bits = 128, .fuel = &fuel_};
  const std::optional<Ball> ball = ball_value(a, evaluation);
  if (!ball) return {};
  const auto text = [](const arb_struct* part) {
    char* raw = arb_get_str(part, 20, ARB_STR_NO_RADIUS);
    std::string out = raw;
    flint_free(raw);
    return out;
  };
  const std::string real = text(acb_realref(ball->raw()));
  return ball->real() ? real : real + " + i*" + text(acb_imagref(ball->raw()));
}

}  // namespace rlreason::data::math
