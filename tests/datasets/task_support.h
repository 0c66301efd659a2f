// What the tests of the generated tasks share: streams by settings, pieces of a response, and an evaluator of their own.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/node.h"
#include "datasets/tasks/problem.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data::test {

// Tasks of problems: all but the ledger.
inline std::vector<std::string> problem_tasks() {
  std::vector<std::string> names;
  for (const Task* task : all_tasks())
    if (dynamic_cast<const ProblemTask*>(task) != nullptr) names.push_back(task->name());
  return names;
}

inline std::unique_ptr<Task::Stream> stream_of(const std::string& task,
                                               const std::string& settings) {
  return find_task(task).stream(config::parse_yaml(settings, "test"));
}
inline Prompt example(const std::string& task, const std::string& settings, uint64_t index,
                      uint64_t seed = 3) {
  return generate_example(*stream_of(task, settings), "test", seed, index);
}
inline std::vector<Prompt> examples(const std::string& task, const std::string& settings,
                                    uint64_t count, uint64_t seed = 3) {
  const auto stream = stream_of(task, settings);
  std::vector<Prompt> prompts;
  for (uint64_t i = 0; i < count; ++i)
    prompts.push_back(generate_example(*stream, "test", seed, i));
  return prompts;
}

inline std::vector<std::string> split(std::string_view text, std::string_view between) {
  std::vector<std::string> parts;
  for (size_t at = 0;;) {
    const size_t end = text.find(between, at);
    parts.emplace_back(text.substr(at, end == std::string_view::npos ? end : end - at));
    if (end == std::string_view::npos) return parts;
    at = end + between.size();
  }
}
inline std::string answer_in(const std::string& response) {
  return response.substr(response.rfind("# ") + 2);
}
// The steps of a demonstration in plain format.
inline std::vector<std::string> steps_in(const std::string& response) {
  std::vector<std::string> steps = split(response, "; ");
  steps.pop_back();
  return steps;
}
inline std::vector<int64_t> numbers_in(std::string_view text) {
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') continue;
    int64_t value = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i)
      value = 10 * value + (text[i] - '0');
    numbers.push_back(value);
  }
  return numbers;
}

// Sums, products, quotients, powers, brackets, signs and products without a sign ("2x(x-1)"), in floating point: another way
// than the exact one of the tasks.
class Calculator {
 public:
  Calculator(std::string_view text, double x) : text_(text), x_(x) {}
  double value() {
    const double result = sum();
    EXPECT_EQ(at_, text_.size()) << text_;
    return result;
  }

 private:
  char next() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  double sum() {
    double result = product();
    while (next() == '+' || next() == '-') {
      const char op = text_[at_++];
      result = op == '+' ? result + product() : result - product();
    }
    return result;
  }
  double product() {
    double result = power();
    for (;;) {
      const char c = next();
      if (c == '*' || c == '/') {
        ++at_;
        const double right = power();
        result = c == '*' ? result * right : result / right;
      } else if (c == 'x' || c == '(') {
        result *= power();
      } else {
        return result;
      }
    }
  }
  double power() {
    if (next() == '-') return ++at_, -power_of_atom();
    return power_of_atom();
  }
  double power_of_atom() {
    const double base = atom();
    if (next() != '^') return base;
    ++at_;
    return std::pow(base, atom());
  }
  double atom() {
    if (next() == 'x') return ++at_, x_;
    if (next() == '(') {
      ++at_;
      const double inner = sum();
      EXPECT_EQ(next(), ')') << text_;
      return ++at_, inner;
    }
    EXPECT_TRUE(next() >= '0' && next() <= '9') << text_ << " at " << at_;
    double number = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9')
      number = 10 * number + (text_[at_++] - '0');
    return number;
  }

  std::string_view text_;
  double x_;
  size_t at_ = 0;
};
inline double calculated(std::string_view text, double x = 0) {
  return Calculator(text, x).value();
}
// Both sides of every "=" of a step have the same value.
inline void expect_equation(const std::string& step, double x = 0) {
  const std::vector<std::string> sides = split(step, "=");
  ASSERT_GE(sides.size(), 2u) << step;
  for (size_t i = 1; i < sides.size(); ++i)
    EXPECT_NEAR(calculated(sides[0], x), calculated(sides[i], x), 1e-6) << step;
}

}  // namespace rlreason::data::test
