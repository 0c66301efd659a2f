#include "datasets/verifiers/math/ball.h"

#include <algorithm>

namespace rlreason::data::math {
namespace {

using Value = std::optional<Ball>;
constexpr int64_t kLargestLog2 = int64_t{1} << 40;
constexpr int64_t kCostly = 12;  // an elementary function in units of a product

class Evaluator {
 public:
  explicit Evaluator(Evaluation& evaluation) : e_(evaluation), bits_(evaluation.bits) {}

  Value value(const Expression& x) {
    e_.fuel->spend(1 + bits_ / 128);
    switch (x.kind) {
      case Kind::number:
        return rational(x.number);
      case Kind::symbol:
        return symbol(x.name);
      case Kind::constant:
        return constant(x.name);
      case Kind::add:
      case Kind::mul:
        return fold(x);
      case Kind::power:
        return power(x);
      case Kind::percent:
        return divided(value(x.items[0]), rational(Rational(100)));
      case Kind::ratio:
        return x.items.size() == 2 ? divided(value(x.items[0]), value(x.items[1])) : std::nullopt;
      case Kind::call:
        return call(x);
      default:
        return std::nullopt;
    }
  }

 private:
  void costly() { e_.fuel->spend(kCostly * (1 + bits_ / 128)); }

  Ball rational(const Rational& number) const {
    Ball out;
    acb_set_fmpq(out.raw(), number.raw(), bits_);
    return out;
  }
  Value symbol(const std::string& name) const {
    const auto found = e_.point->find(name);
    if (found == e_.point->end()) return std::nullopt;
    return rational(found->second);
  }
  Value constant(const std::string& name) const {
    Ball out;
    if (name == "pi")
      acb_const_pi(out.raw(), bits_);
    else if (name == "e")
      arb_const_e(acb_realref(out.raw()), bits_);
    else if (name == "i")
      acb_onei(out.raw());
    else
      return std::nullopt;
    return out;
  }
  static Value finite(Ball ball) {
    if (acb_is_finite(ball.raw()) == 0) return std::nullopt;
    return ball;
  }

  Value fold(const Expression& x) {
    Value out = value(x.items[0]);
    for (size_t i = 1; out && i < x.items.size(); ++i) {
      const Value next = value(x.items[i]);
      if (!next) return std::nullopt;
      if (x.is(Kind::add))
        acb_add(out->raw(), out->raw(), next->raw(), bits_);
      else
        acb_mul(out->raw(), out->raw(), next->raw(), bits_);
    }
    return out;
  }
  Value divided(Value above, const Value& below) const {
    if (!above || !below || acb_contains_zero(below->raw()) != 0) return std::nullopt;
    acb_div(above->raw(), above->raw(), below->raw(), bits_);
    return above;
  }

  bool negative(const Ball& x) const {
    return x.real() && arb_is_negative(acb_realref(x.raw())) != 0;
  }

  // |exponent * log2(base)| stays below 2^40.
  void guard(const Ball& base, const Ball& exponent) const {
    Ball size;
    if (acb_contains_zero(base.raw()) != 0) return;
    acb_log(size.raw(), base.raw(), 64);
    acb_mul(size.raw(), size.raw(), exponent.raw(), 64);
    guard_size(size);
  }
  static void guard_size(const Ball& x) {
    mag_t bound;
    mag_init(bound);
    acb_get_mag(bound, x.raw());
    const bool small = mag_is_inf(bound) == 0 && mag_cmp_2exp_si(bound, 40) < 0;
    mag_clear(bound);
    if (!small) throw Limit{"a number that is too large"};
  }

  Value power(const Expression& x) {
    Value base = value(x.items[0]);
    const Value exponent = value(x.items[1]);
    if (!base || !exponent) return std::nullopt;
    costly();
    if (const std::optional<Rational> exact = exact_exponent(x.items[1]))
      return rational_power(std::move(*base), *exact, *exponent);
    if (acb_contains_zero(base->raw()) != 0) return std::nullopt;
    guard(*base, *exponent);
    if (acb_is_int(exponent->raw()) != 0) {
      Rational whole;
      arf_get_fmpq(whole.raw(), arb_midref(acb_realref(exponent->raw())));
      acb_pow_fmpz(base->raw(), base->raw(), fmpq_numref(whole.raw()), bits_);
      return finite(std::move(*base));
    }
    if (negative(*base)) e_.out_of_domain = true;
    acb_pow(base->raw(), base->raw(), exponent->raw(), bits_);
    return finite(std::move(*base));
  }

  std::optional<Rational> exact_exponent(const Expression& x) const {
    if (x.is(Kind::number)) return x.number;
    if (x.is(Kind::mul) && x.items.size() == 2 && x.items[0].is(Kind::number) &&
        x.items[1].is(Kind::power) && x.items[1].items[0].is(Kind::number) &&
        x.items[1].items[1].is(Kind::number) && !x.items[1].items[0].number.is_zero() &&
        x.items[1].items[1].number == Rational(-1))
      return x.items[0].number / x.items[1].items[0].number;
    return std::nullopt;
  }

  Value rational_power(Ball base, const Rational& exponent, const Ball& ball_exponent) {
    if (acb_contains_zero(base.raw()) != 0 && (exponent.sign() <= 0 || !exponent.is_integer())) {
      if (acb_is_zero(base.raw()) != 0 && exponent.sign() > 0) return base;
      return std::nullopt;
    }
    if (acb_contains_zero(base.raw()) == 0) guard(base, ball_exponent);
    if (exponent.is_integer()) {
      acb_pow_fmpz(base.raw(), base.raw(), fmpq_numref(exponent.raw()), bits_);
      return finite(std::move(base));
    }
    if (negative(base)) {
      if (fmpz_is_even(fmpq_denref(exponent.raw())) != 0) {
        e_.out_of_domain = true;
      } else {  // the real root
        acb_neg(base.raw(), base.raw());
        acb_pow(base.raw(), base.raw(), ball_exponent.raw(), bits_);
        if (fmpz_is_odd(fmpq_numref(exponent.raw())) != 0) acb_neg(base.raw(), base.raw());
        return finite(std::move(base));
      }
    }
    acb_pow(base.raw(), base.raw(), ball_exponent.raw(), bits_);
    return finite(std::move(base));
  }

  Value call(const Expression& x) {
    std::vector<Ball> values;
    for (const Expression& item : x.items) {
      Value one = value(item);
      if (!one) return std::nullopt;
      values.push_back(std::move(*one));
    }
    if (values.empty()) return std::nullopt;
    costly();
    if (values.size() == 1) return one_argument(x.name, std::move(values[0]));
    if (x.name == "min" || x.name == "max") return extreme(x.name == "max", values);
    if (values.size() != 2) return std::nullopt;
    return two_arguments(x.name, std::move(values[0]), std::move(values[1]));
  }

  Value extreme(bool largest, std::vector<Ball>& values) const {
    Ball out = std::move(values[0]);
    if (!out.real()) return std::nullopt;
    for (size_t i = 1; i < values.size(); ++i) {
      if (!values[i].real()) return std::nullopt;
      auto* const into = acb_realref(out.raw());
      largest ? arb_max(into, into, acb_realref(values[i].raw()), bits_)
              : arb_min(into, into, acb_realref(values[i].raw()), bits_);
    }
    return out;
  }

  Value logarithm(Ball x) {
    if (acb_contains_zero(x.raw()) != 0) return std::nullopt;
    if (negative(x)) e_.out_of_domain = true;
    acb_log(x.raw(), x.raw(), bits_);
    return finite(std::move(x));
  }

  Value two_arguments(const std::string& name, Ball a, Ball b) {
    if (name == "log") return divided(logarithm(std::move(a)), logarithm(std::move(b)));
    if (name == "root") {
      Ball one;
      acb_one(one.raw());
      if (acb_contains_zero(b.raw()) != 0) return std::nullopt;
      const bool odd = b.real() && acb_is_int(b.raw()) != 0 &&
                       arf_is_int_2exp_si(arb_midref(acb_realref(b.raw())), 1) == 0;
      acb_inv(one.raw(), b.raw(), bits_);
      if (acb_is_zero(a.raw()) != 0) return a;
      if (acb_contains_zero(a.raw()) != 0) return std::nullopt;
      guard(a, one);
      const bool below_zero = negative(a);
      if (below_zero && odd)
        acb_neg(a.raw(), a.raw());
      else if (below_zero)
        e_.out_of_domain = true;
      acb_pow(a.raw(), a.raw(), one.raw(), bits_);
      if (below_zero && odd) acb_neg(a.raw(), a.raw());
      return finite(std::move(a));
    }
    if (name == "binom") return binomial(a, b);
    if (name == "mod") {
      Value quotient = divided(a, b);
      if (!quotient) return std::nullopt;
      Value whole = one_argument("floor", std::move(*quotient));
      if (!whole) return std::nullopt;
      acb_mul(whole->raw(), whole->raw(), b.raw(), bits_);
      acb_sub(a.raw(), a.raw(), whole->raw(), bits_);
      return a;
    }
    return std::nullopt;
  }

  // n! / (k! (n-k)!) through the gamma function.
  Value binomial(const Ball& n, const Ball& k) {
    Ball difference;
    acb_sub(difference.raw(), n.raw(), k.raw(), bits_);
    Value above = one_argument("factorial", n);
    Value left = one_argument("factorial", k),
          right = one_argument("factorial", std::move(difference));
    if (!above || !left || !right) return std::nullopt;
    acb_mul(left->raw(), left->raw(), right->raw(), bits_);
    return divided(std::move(above), left);
  }

  Value rounded(Ball x, bool up) const {
    if (!x.real()) return std::nullopt;
    auto* const real = acb_realref(x.raw());
    up ? arb_ceil(real, real, bits_) : arb_floor(real, real, bits_);
    if (arb_is_exact(real) == 0) return std::nullopt;  // the ball holds an integer boundary
    return x;
  }

  Value one_argument(const std::string& name, Ball x) {
    using Function = void (*)(acb_t, const acb_t, slong);
    struct Entry {
      std::string_view name;
      Function function;
      bool reciprocal;
    };
    static constexpr Entry kEntries[] = {
        {"sin", acb_sin, false},     {"cos", acb_cos, false},      {"tan", acb_tan, false},
        {"cot", acb_cot, false},     {"sec", acb_cos, true},       {"csc", acb_sin, true},
        {"arcsin", acb_asin, false}, {"asin", acb_asin, false},    {"arccos", acb_acos, false},
        {"acos", acb_acos, false},   {"arctan", acb_atan, false},  {"atan", acb_atan, false},
        {"sinh", acb_sinh, false},   {"cosh", acb_cosh, false},    {"tanh", acb_tanh, false},
        {"coth", acb_coth, false},   {"arsinh", acb_asinh, false}, {"arcosh", acb_acosh, false},
        {"artanh", acb_atanh, false}};
    if (name == "sqrt") {
      if (negative(x)) e_.out_of_domain = true;
      acb_sqrt(x.raw(), x.raw(), bits_);
      return finite(std::move(x));
    }
    if (name == "cbrt") return two_arguments("root", std::move(x), rational(Rational(3)));
    if (name == "ln" || name == "log") return logarithm(std::move(x));
    if (name == "floor" || name == "ceil") return rounded(std::move(x), name == "ceil");
    if (name == "abs") {
      acb_abs(acb_realref(x.raw()), x.raw(), bits_);
      arb_zero(acb_imagref(x.raw()));
      return x;
    }
    if (name == "sgn" || name == "sign") {
      acb_sgn(x.raw(), x.raw(), bits_);
      return finite(std::move(x));
    }
    if (name == "factorial") {
      mag_t bound;
      mag_init(bound);
      acb_get_mag(bound, x.raw());
      const bool small = mag_cmp_2exp_si(bound, 24) < 0;
      mag_clear(bound);
      if (!small) throw Limit{"a factorial that is too large"};
      acb_add_ui(x.raw(), x.raw(), 1, bits_);
      acb_gamma(x.raw(), x.raw(), bits_);
      return finite(std::move(x));
    }
    const auto* entry = std::find_if(std::begin(kEntries), std::end(kEntries),
                                     [&](const Entry& e) { return e.name == name; });
    if (entry == std::end(kEntries)) return std::nullopt;
    guard_size(x);
    entry->function(x.raw(), x.raw(), bits_);
    if (!entry->reciprocal) return finite(std::move(x));
    Ball one;
    acb_one(one.raw());
    return divided(std::move(one), Value(std::move(x)));
  }

  Evaluation& e_;
  int64_t bits_;
};

}  // namespace

std::optional<Ball> ball_value(const Expression& expression, Evaluation& evaluation) {
  return Evaluator(evaluation).value(expression);
}

Likeness likeness(const Ball& a, const Ball& b, int64_t bits) {
  if (acb_overlaps(a.raw(), b.raw()) == 0) return Likeness::different;
  Ball difference;
  acb_sub(difference.raw(), a.raw(), b.raw(), bits);
  mag_t error, size, other;
  mag_init(error), mag_init(size), mag_init(other);
  acb_get_mag(error, difference.raw());
  acb_get_mag(size, a.raw());
  acb_get_mag(other, b.raw());
  mag_max(size, size, other);
  const bool both_zero = acb_contains_zero(a.raw()) != 0 && acb_contains_zero(b.raw()) != 0;
  if (both_zero) mag_one(size);
  mag_mul_2exp_si(size, size, -bits / 2);
  const bool alike = mag_cmp(error, size) <= 0;
  mag_clear(error), mag_clear(size), mag_clear(other);
  return alike ? Likeness::alike : Likeness::unclear;
}

}  // namespace rlreason::data::math
