// The golds of the attack corpus: every kind of answer, each with an answer of the same kind that is wrong.
//
// `value` is the number that the gold stands for (a double, written by hand), NaN where it is none.
#pragma once

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

namespace rlreason::data::attacks {

enum class GoldKind { integer, fraction, radical, decimal, percent, quantity, interval, tuple, list, set, matrix, expression, equation, text, choice };

struct Gold {
  GoldKind kind;
  std::string text, wrong;
  double value = std::numeric_limits<double>::quiet_NaN();

  bool numeric() const { return !std::isnan(value); }
  std::vector<std::string> choices() const { return kind == GoldKind::choice ? std::vector<std::string>{"A", "B", "C", "D"} : std::vector<std::string>{}; }
};

inline const std::vector<Gold>& golds() {
  using enum GoldKind;
  constexpr double pi = std::numbers::pi;
  static const std::vector<Gold> all = {
      {integer, "42", "41", 42}, {integer, "7", "8", 7}, {integer, "-3", "-4", -3}, {integer, "1234", "1233", 1234}, {integer, "100", "99", 100},
      {integer, "2", "5", 2}, {integer, "13", "31", 13}, {integer, "-17", "-71", -17}, {integer, "321", "322", 321}, {integer, "333", "334", 333},
      {integer, "777", "778", 777}, {integer, "999", "998", 999}, {integer, "2025", "2024", 2025}, {integer, "65536", "65535", 65536},
      {integer, "1000000", "1000001", 1000000}, {integer, "10{,}000", "10{,}001", 10000}, {integer, "9007199254740993", "9007199254740992", 9007199254740992.0},
      {integer, "100000000000000000000", "100000000000000000001", 1e20}, {integer, "2^{10}", "2^{11}", 1024}, {integer, "5!", "6!", 120},
      {fraction, "\\frac{1}{3}", "\\frac{1}{4}", 1.0 / 3}, {fraction, "\\frac{2}{7}", "\\frac{3}{7}", 2.0 / 7}, {fraction, "-\\frac{5}{6}", "\\frac{-4}{6}", -5.0 / 6},
      {fraction, "\\frac{7}{32}", "\\frac{9}{32}", 7.0 / 32}, {fraction, "\\frac{100}{3}", "\\frac{101}{3}", 100.0 / 3}, {fraction, "3/4", "4/3", 0.75},
      {fraction, "\\dfrac{11}{13}", "\\dfrac{13}{11}", 11.0 / 13}, {fraction, "\\frac{355}{113}", "\\frac{22}{7}", 355.0 / 113}, {fraction, "1\\frac{1}{2}", "2\\frac{1}{2}", 1.5},
      {fraction, "\\frac{243}{625}", "\\frac{81}{125}", 243.0 / 625}, {fraction, "\\frac{1}{2004}", "\\frac{1}{2006}", 1.0 / 2004}, {fraction, "\\frac{17}{3}", "\\frac{16}{3}", 17.0 / 3},
      {radical, "\\sqrt{2}", "\\sqrt{3}", std::sqrt(2)}, {radical, "2\\sqrt{3}", "3\\sqrt{2}", 2 * std::sqrt(3)}, {radical, "1+\\sqrt{5}", "1-\\sqrt{5}", 1 + std::sqrt(5)},
      {radical, "\\frac{\\sqrt{3}}{2}", "\\frac{\\sqrt{2}}{2}", std::sqrt(3) / 2}, {radical, "\\sqrt[3]{7}", "\\sqrt[3]{9}", std::cbrt(7)}, {radical, "5\\sqrt{13}", "13\\sqrt{5}", 5 * std::sqrt(13)},
      {radical, "\\sqrt{2}+\\sqrt{3}", "\\sqrt{5}", std::sqrt(2) + std::sqrt(3)}, {radical, "\\pi", "2\\pi", pi}, {radical, "\\frac{\\pi}{6}", "\\frac{\\pi}{3}", pi / 6},
      {radical, "12\\pi", "11\\pi", 12 * pi}, {radical, "e^2", "e^3", std::exp(2)}, {radical, "\\ln 2", "\\ln 3", std::log(2)}, {radical, "1-\\frac{1}{e}", "1+\\frac{1}{e}", 1 - std::exp(-1)},
      {radical, "\\sin 1", "\\cos 1", std::sin(1)}, {radical, "\\log_2 5", "\\log_5 2", std::log2(5)},
      {decimal, "3.14", "3.15", 3.14}, {decimal, "0.25", "0.26", 0.25}, {decimal, "-1.5", "-1.6", -1.5}, {decimal, "142.5", "142.4", 142.5}, {decimal, "0.001", "0.002", 0.001},
      {decimal, "2.71828", "2.71728", 2.71828}, {decimal, "99.9", "99.8", 99.9}, {decimal, "6.02", "6.03", 6.02},
      {percent, "25\\%", "26\\%", 0.25}, {percent, "60\\%", "61\\%", 0.6}, {percent, "12.5\\%", "13.5\\%", 0.125},
      {quantity, "5\\text{ cm}", "6\\text{ cm}"}, {quantity, "12\\text{ hours}", "13\\text{ hours}"}, {quantity, "40\\text{ km/h}", "41\\text{ km/h}"},
      {quantity, "\\$18.90", "\\$19.90"}, {quantity, "36\\text{ square feet}", "35\\text{ square feet}"},
      {interval, "(2,5]", "[2,5)"}, {interval, "[-2,7]", "[-2,8]"}, {interval, "(-\\infty,3)", "(-\\infty,4)"}, {interval, "[0,1)\\cup(2,3]", "[0,1]\\cup(2,3]"},
      {interval, "(-1,1)\\cup(1,\\infty)", "(-1,\\infty)"}, {interval, "[\\frac{1}{2},\\infty)", "[\\frac{1}{3},\\infty)"}, {interval, "-4 < x \\le 9", "-5 < x \\le 8"},
      {tuple, "(1,2)", "(2,1)"}, {tuple, "(3,-4,5)", "(3,4,5)"}, {tuple, "(\\frac{1}{2},7)", "(\\frac{1}{2},8)"}, {tuple, "(0,\\sqrt{2})", "(0,\\sqrt{3})"}, {tuple, "(-6,11)", "(6,11)"},
      {list, "2,3", "2,4"}, {list, "10,4,-2", "10,4,2"}, {list, "1,3,5", "1,3,6"}, {list, "\\pm 3", "\\pm 4"}, {list, "-1,\\frac{1}{2}", "-1,\\frac{1}{3}"},
      {set, "\\{1,3\\}", "\\{1,4\\}"}, {set, "\\{-2,0,2\\}", "\\{-2,0,3\\}"}, {set, "\\{2,\\sqrt{5}\\}", "\\{2,\\sqrt{6}\\}"},
      {matrix, "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}"}, {matrix, "\\begin{pmatrix}-1\\\\7\\end{pmatrix}", "\\begin{pmatrix}-1\\\\8\\end{pmatrix}"},
      {matrix, "\\begin{pmatrix}0&1&0\\\\1&0&0\\\\0&0&9\\end{pmatrix}", "\\begin{pmatrix}0&1&0\\\\1&0&0\\\\0&0&8\\end{pmatrix}"},
      {expression, "x^2+3x+2", "x^2+3x-2"}, {expression, "2n+1", "2n-1"}, {expression, "(a+5)(b+2)", "(a+5)(b+3)"}, {expression, "\\frac{x}{y}", "\\frac{y}{x}"}, {expression, "3^{n}-2", "3^{n}+2"},
      {expression, "\\sin(x)+1", "\\cos(x)+1"}, {expression, "-4p^3q", "-4p^2q"}, {expression, "\\frac{n(n+1)}{2}", "\\frac{n(n-1)}{2}"}, {expression, "2+3i", "2-3i"},
      {equation, "y=2x+3", "y=2x-3"}, {equation, "x^2+y^2=16", "x^2+y^2=25"}, {equation, "2x+4y-7=0", "2x+4y+7=0"}, {equation, "x=19", "x=18", 19},
      {text, "\\text{June 20}", "\\text{June 21}"}, {text, "\\text{Evelyn}", "\\text{Briana}"}, {text, "\\text{odd}", "\\text{even}"}, {text, "\\text{ellipse}", "\\text{circle}"}, {text, "\\text{Monday}", "\\text{Friday}"},
      {choice, "A", "B"}, {choice, "B", "C"}, {choice, "C", "D"}, {choice, "D", "A"}};
  return all;
}

}  // namespace rlreason::data::attacks
