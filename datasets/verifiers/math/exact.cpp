#include "datasets/verifiers/math/exact.h"

#include <flint/arith.h>

#include <algorithm>

namespace rlreason::data::math {
namespace {

using Value = std::optional<Rational>;

Value bounded(Rational value) {
  if (value.bits() > kMostBits) return std::nullopt;
  return value;
}

Value power(const Rational& base, const Rational& exponent) {
  if (!exponent.is_small()) return std::nullopt;
  const int64_t n = exponent.to_int();
  if (base.is_zero() && n <= 0) return std::nullopt;  // 0^0 and 1/0 have no value here
  const int64_t size = n < 0 ? -n : n;
  if (size > kMostBits || base.bits() * size > 2 * kMostBits) return std::nullopt;
  return bounded(base.power(n));
}

Value factorial(const Rational& value) {
  if (!value.is_small() || value.sign() < 0 || value.to_int() > 1500) return std::nullopt;
  Rational out;
  fmpz_fac_ui(fmpq_numref(out.raw()), static_cast<ulong>(value.to_int()));
  fmpz_one(fmpq_denref(out.raw()));
  return bounded(std::move(out));
}

Value binomial(const Rational& n, const Rational& k) {
  if (!n.is_small() || !k.is_small() || n.sign() < 0 || n.to_int() > 8000) return std::nullopt;
  if (k.sign() < 0 || compare(k, n) > 0) return Rational(0);
  Rational out;
  fmpz_bin_uiui(fmpq_numref(out.raw()), static_cast<ulong>(n.to_int()),
                static_cast<ulong>(k.to_int()));
  fmpz_one(fmpq_denref(out.raw()));
  return bounded(std::move(out));
}

Value square_root(const Rational& value) {
  if (value.sign() < 0 || fmpz_is_square(fmpq_numref(value.raw())) == 0 ||
      fmpz_is_square(fmpq_denref(value.raw())) == 0)
    return std::nullopt;
  Rational out;
  fmpz_sqrt(fmpq_numref(out.raw()), fmpq_numref(value.raw()));
  fmpz_sqrt(fmpq_denref(out.raw()), fmpq_denref(value.raw()));
  return out;
}

Value common(const std::string& name, const std::vector<Rational>& values) {
  Rational out = values[0];
  for (const Rational& value : values) {
    if (!value.is_integer() || !out.is_integer()) return std::nullopt;
    auto* const into = fmpq_numref(out.raw());
    name == "gcd" ? fmpz_gcd(into, into, fmpq_numref(value.raw()))
                  : fmpz_lcm(into, into, fmpq_numref(value.raw()));
  }
  return bounded(std::move(out));
}

Value call(const std::string& name, const std::vector<Rational>& values) {
  const size_t count = values.size();
  const Rational& x = values[0];
  if (name == "min" || name == "max") {
    const auto less = [](const Rational& a, const Rational& b) { return compare(a, b) < 0; };
    return name == "min" ? *std::min_element(values.begin(), values.end(), less)
                         : *std::max_element(values.begin(), values.end(), less);
  }
  if (name == "gcd" || name == "lcm") return common(name, values);
  if (count == 2) {
    if (name == "binom") return binomial(x, values[1]);
    if (name == "mod" && !values[1].is_zero()) return x - values[1] * (x / values[1]).floor();
    return std::nullopt;
  }
  if (count != 1) return std::nullopt;
  if (name == "abs") return x.abs();
  if (name == "floor") return x.floor();
  if (name == "ceil") return -(-x).floor();
  if (name == "factorial") return factorial(x);
  if (name == "sqrt") return square_root(x);
  return std::nullopt;
}

std::optional<std::vector<Rational>> values_of(const Expression& e, Fuel& fuel) {
  std::vector<Rational> out;
  out.reserve(e.items.size());
  for (const Expression& item : e.items) {
    Value value = exact_value(item, fuel);
    if (!value) return std::nullopt;
    out.push_back(std::move(*value));
  }
  return out;
}

}  // namespace

std::optional<Rational> based_value(const Expression& based) {
  if (based.name.size() > 2) return std::nullopt;
  const int base = std::stoi(based.name);
  const std::string digits = based.number.text();
  const bool fits = base >= 2 && base <= 36 &&
                    std::all_of(digits.begin(), digits.end(),
                                [&](char c) { return c >= '0' && c <= '9' && c - '0' < base; });
  if (!fits) return std::nullopt;
  return Rational::from_digits(digits, 0, base);
}

std::optional<Rational> exact_value(const Expression& e, Fuel& fuel) {
  fuel.spend(1);
  switch (e.kind) {
    case Kind::number:
      return e.number;
    case Kind::based:
      return based_value(e);
    case Kind::add:
    case Kind::mul:
    case Kind::power:
    case Kind::percent:
    case Kind::call:
    case Kind::ratio:
      break;
    default:
      return std::nullopt;
  }
  const std::optional<std::vector<Rational>> values = values_of(e, fuel);
  if (!values || values->empty()) return std::nullopt;
  fuel.spend((*values)[0].bits() / 64);
  Rational out = (*values)[0];
  switch (e.kind) {
    case Kind::add:
      for (size_t i = 1; i < values->size(); ++i) out = out + (*values)[i];
      return bounded(std::move(out));
    case Kind::mul:
      for (size_t i = 1; i < values->size(); ++i) out = out * (*values)[i];
      return bounded(std::move(out));
    case Kind::power:
      return power(out, (*values)[1]);
    case Kind::percent:
      return out / Rational(100);
    case Kind::ratio:
      if (values->size() != 2 || (*values)[1].is_zero()) return std::nullopt;
      return out / (*values)[1];
    default:
      return call(e.name, *values);
  }
}

}  // namespace rlreason::data::math
