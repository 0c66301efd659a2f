// Generated pairs with an exact oracle of the test's own (128-bit rationals): unequal values are never right, equal ones in
// another form nearly always; the same verdict and fuel in every thread and locale.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <clocale>
#include <map>
#include <numeric>
#include <random>
#include <thread>

#include "datasets/verifiers/verifier.h"

namespace rlreason::data {
namespace {

struct Value {  // in lowest terms, denominator > 0
  __int128 over = 0, under = 1;
  bool operator==(const Value&) const = default;
};
Value value(int64_t over, int64_t under) {
  const int64_t common = std::gcd(over, under);
  return {over / common * (under < 0 ? -1 : 1), (under < 0 ? -under : under) / common};
}

// A number in one of several forms, and its value by integer arithmetic.
struct Written {
  std::string text;
  Value is;
};
Written written(std::mt19937_64& random) {
  const auto draw = [&](int64_t low, int64_t high) { return low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1)); };
  const int64_t a = draw(-60, 60), b = draw(1, 40), c = draw(-40, 40), d = draw(1, 12);
  switch (draw(0, 9)) {
    case 0: return {fmt::format("{}", a), value(a, 1)};
    case 1: return {fmt::format("\\frac{{{}}}{{{}}}", a, b), value(a, b)};
    case 2: return {fmt::format("{}/{}", a, b), value(a, b)};
    case 3: return {fmt::format("{}+{}", a, b), value(a + b, 1)};
    case 4: return {fmt::format("{}\\cdot({})", b, c), value(b * c, 1)};
    case 5: return {fmt::format("\\frac{{{}}}{{{}}}+\\frac{{{}}}{{{}}}", a, b, c, d), value(a * d + c * b, b * d)};
    case 6: return {fmt::format("({})^2-{}", a, b), value(a * a - b, 1)};
    case 7: return {fmt::format("{}.{:02}", b, draw(0, 99)), {}};
    case 8: return {fmt::format("\\sqrt{{{}}}", b * b), value(b, 1)};
    default: return {fmt::format("\\frac{{{}-{}}}{{{}}}", a, b, d), value(a - b, d)};
  }
}
Written drawn(std::mt19937_64& random) {
  Written number = written(random);
  if (const size_t point = number.text.find('.'); point != std::string::npos)
    number.is = value(std::stoll(number.text.substr(0, point)) * 100 + std::stoll(number.text.substr(point + 1)), 100);
  return number;
}

Verdict judged(const std::string& gold, const std::string& answer) { return verify("math", {.gold = gold}, "\\boxed{" + answer + "}"); }

// Both exact, or both decimals: elsewhere digits given as an approximation may be right.
bool comparable(const Written& a, const Written& b) { return (a.text.find('.') == std::string::npos) == (b.text.find('.') == std::string::npos); }

TEST(Pairs, OfUnequalNumbersAreNeverRightAndOfEqualOnesAlways) {
  std::mt19937_64 random(20260101);
  int unequal = 0, equal = 0, missed = 0;
  while (unequal < 100'000) {
    const Written gold = drawn(random);
    Written answer = drawn(random);
    if (!comparable(gold, answer)) continue;
    const bool right = judged(gold.text, answer.text).right();
    if (gold.is == answer.is) {
      ++equal;
      missed += !right;
    } else {
      ++unequal;
      ASSERT_FALSE(right) << gold.text << " | " << answer.text;
    }
  }
  EXPECT_GT(equal, 100);
  EXPECT_LE(missed * 200, equal) << missed << " of " << equal << " equal pairs are not right";
}

std::string grouped(int64_t number, const char* separator) {
  std::string digits = std::to_string(number), out;
  for (size_t i = 0; i < digits.size(); ++i) out += (i > 0 && (digits.size() - i) % 3 == 0 ? separator : "") + std::string(1, digits[i]);
  return out;
}

// Rewritings that change nothing, of numbers, sets, intervals, percentages and quantities.
std::vector<std::pair<std::string, std::string>> rewritings(std::mt19937_64& random) {
  const auto draw = [&](int64_t low, int64_t high) { return low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1)); };
  const int64_t n = draw(1000, 99'999'999), a = draw(1, 9), b = draw(2, 9), c = draw(10, 99), d = draw(100, 999);
  const std::string whole = std::to_string(n), half = fmt::format("\\frac{{{}}}{{{}}}", a, b);
  return {{whole, grouped(n, ",")}, {whole, grouped(n, "{,}")}, {whole, grouped(n, "\\,")}, {whole, grouped(n, ",\\!")}, {grouped(n, ","), whole}, {whole, whole + ".0"}, {whole, whole + "."},
          {whole, "$" + whole + "$"}, {whole, "\\text{" + whole + "}"}, {whole, "\\,\\ " + whole}, {whole, "x = " + whole}, {whole, whole + "\\text{ apples}"},
          {half, fmt::format("\\frac{}{}", a, b)}, {half, fmt::format("\\dfrac{{{}}}{{{}}}", a, b)}, {half, fmt::format("\\tfrac{}{{{}}}", a, b)}, {half, fmt::format("{}/{}", a, b)},
          {half, fmt::format("\\frac{{{}}}{{{}}}", a * c, b * c)}, {half, fmt::format("{}\\div{}", a, b)}, {half, fmt::format("\\left(\\frac{{{}}}{{{}}}\\right)", a, b)},
          {std::to_string(a * c), fmt::format("{}\\cdot{}", a, c)}, {std::to_string(a * c), fmt::format("{} \\times {}", c, a)}, {std::to_string(-c), fmt::format("\u2212{}", c)},
          {fmt::format("{}\\%", c), fmt::format("0.{:02}", c)}, {fmt::format("{}\\%", c), fmt::format("\\frac{{{}}}{{100}}", c)}, {fmt::format("{}\\%", c), fmt::format("{}%", c)},
          {fmt::format("{}\\text{{ cm}}", c), fmt::format("{} cm", c)}, {fmt::format("{}\\text{{ cm}}", c), std::to_string(c)}, {fmt::format("\\${}", c), fmt::format("{}\\text{{ dollars}}", c)},
          {fmt::format("\\{{{},{},{}\\}}", a, c, d), fmt::format("\\{{{},{},{}\\}}", d, a, c)}, {fmt::format("{},{}", a, c), fmt::format("{}, {}", c, a)}, {fmt::format("{},{}", a, c), fmt::format("{} \\text{{ and }} {}", c, a)},
          {fmt::format("({},{}]", a, c), fmt::format("\\left({},{}\\right]", a, c)}, {fmt::format("[{},{})\\cup({},\\infty)", a, c, d), fmt::format("({},\\infty) \\cup [{},{})", d, a, c)},
          {fmt::format("({},{})", a, c), fmt::format("\\left( {}, {} \\right)", a, c)}, {fmt::format("{}\\sqrt{{2}}", c), fmt::format("\\sqrt{{{}}}", 2 * c * c)}, {fmt::format("\\sqrt{{{}}}", b), fmt::format("\\sqrt{}", b)},
          {fmt::format("x^2+{}x", c), fmt::format("x(x+{})", c)}, {fmt::format("2^{{{}}}", b), std::to_string(int64_t{1} << b)}, {fmt::format("{}\\pi", c), fmt::format("\\pi\\cdot{}", c)},
          {fmt::format("{}^\\circ", c), fmt::format("{}\u00B0", c)}, {fmt::format("y={}x+{}", b, c), fmt::format("{}x+{}=y", b, c)}};
}

TEST(Pairs, RewritingsAreAcceptedNearlyAlways) {
  std::mt19937_64 random(7);
  int pairs = 0, missed = 0;
  std::map<size_t, std::pair<int, std::string>> which;
  for (int round = 0; round < 100; ++round) {
    const auto all = rewritings(random);
    for (size_t i = 0; i < all.size(); ++i) {
      ++pairs;
      if (judged(all[i].first, all[i].second).right()) continue;
      ++missed;
      which[i] = {which[i].first + 1, all[i].first + " | " + all[i].second};
    }
  }
  EXPECT_GE(pairs, 2000);
  EXPECT_LE(missed * 200, pairs);
  for (const auto& [form, miss] : which) std::printf("not accepted %d times: %s\n", miss.first, miss.second.c_str());
}

TEST(Pairs, TheVerdictIsTheSameInEveryThreadAndLocale) {
  std::mt19937_64 random(11);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (int i = 0; i < 20; ++i)
    for (auto& pair : rewritings(random)) pairs.push_back(std::move(pair));
  for (int i = 0; i < 1000; ++i) pairs.emplace_back(drawn(random).text, drawn(random).text);
  const auto all = [&pairs] {
    std::string out;
    for (const auto& [gold, answer] : pairs) {
      const Verdict verdict = judged(gold, answer);
      out += fmt::format("{} {} {} {}\n", static_cast<int>(verdict.outcome), verdict.rule, verdict.answer, verdict.fuel);
    }
    return out;
  };
  const std::string once = all();
  std::vector<std::string> found(8);
  std::vector<std::thread> threads;
  for (std::string& out : found) threads.emplace_back([&out, &all] { out = all(); });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& out : found) EXPECT_EQ(out, once);
  bool other = false;
  for (const char* name : {"de_DE.UTF-8", "tr_TR.UTF-8", "fr_FR.UTF-8", "C.UTF-8"})
    if (std::setlocale(LC_ALL, name) != nullptr) {
      other = true;
      EXPECT_EQ(all(), once) << name;
    }
  std::setlocale(LC_ALL, "C");
  EXPECT_TRUE(other) << "no locale but C is installed here";
}

}  // namespace
}  // namespace rlreason::data
