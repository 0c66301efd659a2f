// Task `ledger`: a value modulo 31, then n labelled operations; the answer is the value after all of them.
//
//   prompt P   P 24 a +1 b +9 c -7 ?            V: the same after another first token
//          Q   Q a +1 b +9 c -7 24 ?            the start value comes last
//          R   R 24 +1 a +9 b -7 c ?            each label after its operation
//   terse      25 3 27 # 27                     running values
//   verbose    a +1 25 b +9 3 c -7 27 # 27      label, operation and running value of each step
//
// Values are tokens of a vocabulary of 73 words, guessing is right once in 31.  The terse style cannot be carried far by a
// small model, the verbose one can: methods differ in whether they find it.  Not a test of arithmetic on digits.
// With `shuffle` the list is out of order and the labels give the order.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/config/field.h"

namespace rlreason::data {

// How often each first token comes; any scale.
struct LedgerFormats {
  double P = 1, Q = 0, R = 0, V = 0;
  static constexpr auto fields() {
    using config::field, config::at_least;
    return std::tuple{field(&LedgerFormats::P, "P", "weight of the plain format", at_least(0.0)),
                      field(&LedgerFormats::Q, "Q", "weight of the format with the start value last", at_least(0.0)),
                      field(&LedgerFormats::R, "R", "weight of the format with labels after operations", at_least(0.0)),
                      field(&LedgerFormats::V, "V", "weight of the plain format with another first token", at_least(0.0))};
  }
};

// The number of operations: uniform in [low, high], with `long_probability` in [long_low, long_high] instead.
struct LedgerLengths {
  int64_t low = 1, high = 4;
  int64_t long_low = 5, long_high = 9;
  double long_probability = 0;
  static constexpr auto fields() {
    using config::field, config::in;
    using C = LedgerLengths;
    return std::tuple{field(&C::low, "low", "fewest operations", in(1, 16)),
                      field(&C::high, "high", "most operations", in(1, 16)),
                      field(&C::long_low, "long_low", "fewest operations of a long list", in(1, 16)),
                      field(&C::long_high, "long_high", "most operations of a long list", in(1, 16)),
                      field(&C::long_probability, "long_probability", "share of long lists", in(0.0, 1.0))};
  }
};

enum class LedgerStyle { automatic, terse, verbose };

struct LedgerConfig {
  LedgerFormats formats;
  LedgerStyle style = LedgerStyle::automatic;
  double verbose_probability = 0;
  LedgerLengths terse, verbose;
  double random_start = 0;
  int64_t start_high = 6;
  bool shuffle = false;
  bool hints = false;

  static constexpr auto fields() {
    using config::field, config::in, config::one_of;
    using C = LedgerConfig;
    return std::tuple{
        field(&C::formats, "formats", "weights of the formats"),
        field(&C::style, "style", "style of the demonstration; auto: V is verbose, Q and R are terse, P by verbose_probability",
              one_of({"auto", "terse", "verbose"})),
        field(&C::verbose_probability, "verbose_probability", "share of verbose demonstrations under P (style auto)", in(0.0, 1.0)),
        field(&C::terse, "terse", "number of operations where the demonstration is terse"),
        field(&C::verbose, "verbose", "number of operations where the demonstration is verbose"),
        field(&C::random_start, "random_start", "share of lists that begin at a random label", in(0.0, 1.0)),
        field(&C::start_high, "start_high", "that label is uniform in 0..start_high", in(0, 15)),
        field(&C::shuffle, "shuffle", "list the operations out of order"),
        field(&C::hints, "hints", "give each problem a hint: its text under format V, which asks for the verbose style")};
  }
};

void check(const LedgerConfig& config);

// The 73 words in the order of their ids: pad "_", end "$", "#", "?", formats, values, operations, labels.
std::vector<std::string> ledger_words();

}  // namespace rlreason::data
