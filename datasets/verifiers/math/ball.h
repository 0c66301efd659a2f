// Values of expressions as balls: a midpoint and a proven error bound (Arb, LGPL).  Two disjoint balls are different numbers.
//
// Symbols take the values of a Point.  Principal branches, except that roots of odd index and powers with an odd denominator
// of negative real numbers are real.  `out_of_domain` is set when an even root or a logarithm of a negative real number
// was taken: there an identity of real numbers need not hold.
// Errors: Limit when the fuel is spent or a magnitude leaves 2^(2^40).  Nothing where the expression has no value.
// Thread safety: values; Arb keeps its caches by thread.
#pragma once

#include <acb.h>

#include <map>
#include <optional>
#include <string>

#include "datasets/verifiers/math/expression.h"
#include "datasets/verifiers/math/fuel.h"

namespace rlreason::data::math {

class Ball {
 public:
  Ball() { acb_init(value_); }
  Ball(const Ball& other) : Ball() { acb_set(value_, other.value_); }
  Ball(Ball&& other) noexcept : Ball() { acb_swap(value_, other.value_); }
  Ball& operator=(Ball other) noexcept {
    acb_swap(value_, other.value_);
    return *this;
  }
  ~Ball() { acb_clear(value_); }
  acb_struct* raw() { return value_; }
  const acb_struct* raw() const { return value_; }
  double magnitude() const {  // an upper bound of |value|, at most 1e300
    mag_t bound;
    mag_init(bound);
    acb_get_mag(bound, value_);
    const double size = mag_get_d(bound);
    mag_clear(bound);
    return size < 1e300 ? size : 1e300;
  }
  bool real() const { return acb_is_real(value_) != 0; }

 private:
  acb_t value_;
};

using Point = std::map<std::string, Rational, std::less<>>;

struct Evaluation {
  const Point* point = nullptr;
  int64_t bits = 128;
  Fuel* fuel = nullptr;
  bool out_of_domain = false;
};
std::optional<Ball> ball_value(const Expression& expression, Evaluation& evaluation);

// Of two values: surely different, or equal to about `bits` / 2 bits, or neither can be said.
enum class Likeness : uint8_t { different, alike, unclear };
Likeness likeness(const Ball& a, const Ball& b, int64_t bits);

}  // namespace rlreason::data::math
