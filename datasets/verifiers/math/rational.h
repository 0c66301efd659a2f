// An exact rational number: a value type over FLINT's fmpq.
//
// Not here: bounds.  Callers check bits() before an operation that could grow a number (exact.cpp).
// Thread safety: a value.
#pragma once

#include <flint/fmpq.h>

#include <cmath>
#include <string>
#include <utility>

namespace rlreason::data::math {

class Rational {
 public:
  Rational() { fmpq_init(value_); }
  explicit Rational(int64_t number) : Rational() { fmpq_set_si(value_, number, 1); }
  Rational(int64_t numerator, uint64_t denominator) : Rational() { fmpq_set_si(value_, numerator, denominator); }
  Rational(const Rational& other) : Rational() { fmpq_set(value_, other.value_); }
  Rational(Rational&& other) noexcept : Rational() { fmpq_swap(value_, other.value_); }
  Rational& operator=(Rational other) noexcept {
    fmpq_swap(value_, other.value_);
    return *this;
  }
  ~Rational() { fmpq_clear(value_); }

  // REQUIRES: digits in this base only, at least one.  `decimals` of them stand behind the point.
  static Rational from_digits(const std::string& digits, int64_t decimals, int base = 10) {
    Rational out;
    fmpz_set_str(fmpq_numref(out.value_), digits.c_str(), base);
    fmpz_set_si(fmpq_denref(out.value_), base);
    fmpz_pow_ui(fmpq_denref(out.value_), fmpq_denref(out.value_), static_cast<ulong>(decimals));
    fmpq_canonicalise(out.value_);
    return out;
  }
  static Rational power_of_ten(int64_t exponent) {
    Rational out;
    fmpz_set_si(fmpq_numref(out.value_), 10);
    fmpz_pow_ui(fmpq_numref(out.value_), fmpq_numref(out.value_), static_cast<ulong>(exponent < 0 ? -exponent : exponent));
    fmpz_one(fmpq_denref(out.value_));
    if (exponent < 0) fmpq_inv(out.value_, out.value_);
    return out;
  }

  // REQUIRES: finite.
  static Rational from_double(double value) {
    int exponent = 0;
    const auto mantissa = static_cast<int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
    return Rational(mantissa) * Rational(2).power(exponent - 53);
  }

  double magnitude() const {  // |value|, roughly; at most 1e300
    const double size = std::fabs(fmpq_get_d(value_));
    return size < 1e300 ? size : 1e300;
  }
  int sign() const { return fmpq_sgn(value_); }
  bool is_zero() const { return fmpq_is_zero(value_); }
  bool is_integer() const { return fmpz_is_one(fmpq_denref(value_)); }
  int64_t bits() const { return static_cast<int64_t>(fmpq_height_bits(value_)); }
  // REQUIRES: small() for to_int.
  bool is_small() const { return is_integer() && fmpz_bits(fmpq_numref(value_)) < 62; }
  int64_t to_int() const { return fmpz_get_si(fmpq_numref(value_)); }
  std::string text() const {
    char* raw = fmpq_get_str(nullptr, 10, value_);
    std::string out = raw;
    flint_free(raw);
    return out;
  }

  friend Rational operator+(const Rational& a, const Rational& b) { return apply(fmpq_add, a, b); }
  friend Rational operator-(const Rational& a, const Rational& b) { return apply(fmpq_sub, a, b); }
  friend Rational operator*(const Rational& a, const Rational& b) { return apply(fmpq_mul, a, b); }
  friend Rational operator/(const Rational& a, const Rational& b) { return apply(fmpq_div, a, b); }  // REQUIRES: b != 0
  Rational operator-() const {
    Rational out;
    fmpq_neg(out.value_, value_);
    return out;
  }
  Rational power(int64_t exponent) const {  // REQUIRES: not 0 to a negative power
    Rational out;
    fmpq_pow_si(out.value_, value_, exponent);
    return out;
  }
  Rational floor() const {
    Rational out;
    fmpz_fdiv_q(fmpq_numref(out.value_), fmpq_numref(value_), fmpq_denref(value_));
    return out;
  }
  Rational abs() const { return sign() < 0 ? -*this : *this; }
  friend int compare(const Rational& a, const Rational& b) { return fmpq_cmp(a.value_, b.value_); }
  friend bool operator==(const Rational& a, const Rational& b) { return fmpq_equal(a.value_, b.value_); }

  const fmpq* raw() const { return value_; }
  fmpq* raw() { return value_; }

 private:
  template <class F>
  static Rational apply(F function, const Rational& a, const Rational& b) {
    Rational out;
    function(out.value_, a.value_, b.value_);
    return out;
  }
  fmpq_t value_;
};

}  // namespace rlreason::data::math
