// The budget of one judgement: steps, not seconds, so that a verdict is the same on every machine and in every thread.
//
// A step is about one operation on a 64-bit ball; costly functions and higher precision take more.  Running out is an
// exception inside datasets/verifiers/math only: judge() turns it into a verdict with the rule "limit".
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace rlreason::data::math {

inline constexpr int64_t kFuel = 60'000;
inline constexpr size_t kMostResponseBytes = size_t{1} << 16;  // read from its end
inline constexpr size_t kMostAnswerBytes = 8192;               // of an extracted answer or a gold
inline constexpr size_t kMostNodes = 2000, kMostDepth = 64;
inline constexpr size_t kMostDigits = 1200;           // of a literal: 4,000 bits
inline constexpr int64_t kMostBits = int64_t{1} << 14;  // of an exact result

// What cannot be decided within the bounds.  Never leaves this folder.
struct Limit {
  std::string reason;
};

class Fuel {
 public:
  explicit Fuel(int64_t budget = kFuel) : left_(budget), budget_(budget) {}
  void spend(int64_t steps) {
    left_ -= steps;
    if (left_ < 0) throw Limit{"out of fuel"};
  }
  int64_t used() const { return budget_ - left_; }

 private:
  int64_t left_, budget_;
};

}  // namespace rlreason::data::math
