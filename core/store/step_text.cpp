#include "core/store/step_text.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>

namespace rlreason::store {
namespace {

bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool take(std::string_view word) {
    if (static_cast<size_t>(end_ - at_) < word.size() || std::string_view(at_, word.size()) != word)
      return false;
    at_ += word.size();
    return true;
  }
  bool done() const { return at_ == end_; }

  bool integer(int64_t& value) {
    const auto [stop, error] = std::from_chars(at_, end_, value);
    const char* first = at_ < end_ && *at_ == '-' ? at_ + 1 : at_;
    if (error != std::errc() || (*first == '0' && stop - first > 1)) return false;
    at_ = stop;
    return true;
  }

  // `"word":`
  bool take_name(std::string_view word, std::string_view& value) {
    if (static_cast<size_t>(end_ - at_) < word.size() + 3 || at_[0] != '"' ||
        at_[word.size() + 1] != '"' || at_[word.size() + 2] != ':' ||
        std::string_view(at_ + 1, word.size()) != word)
      return false;
    value = {at_ + 1, word.size()};
    at_ += word.size() + 3;
    return true;
  }

  bool name(std::string_view& value) {
    if (at_ == end_ || *at_ != '"') return false;
    const char* begin = ++at_;
    while (at_ < end_ && *at_ != '"') {
      if (!is_plain(*at_)) return false;
      ++at_;
    }
    if (at_ == end_) return false;
    value = {begin, static_cast<size_t>(at_ - begin)};
    ++at_;
    return true;
  }

  bool number(double& value) {
    if (at_ < end_ && *at_ == '"') {
      constexpr double kInf = std::numeric_limits<double>::infinity();
      value = std::numeric_limits<double>::quiet_NaN();
      if (take("\"nan\"")) return true;
      value = kInf;
      if (take("\"inf\"")) return true;
      value = -kInf;
      return take("\"-inf\"");
    }
    const char* stop = number_end();
    if (stop == nullptr) return false;
    const auto [read, error] = std::from_chars(at_, stop, value);
    if (error != std::errc() || read != stop) return false;
    at_ = stop;
    return true;
  }

 private:
  // JSON's own grammar, which is narrower than from_chars'.
  const char* number_end() const {
    const char* c = at_;
    if (c < end_ && *c == '-') ++c;
    const char* first = c;
    while (c < end_ && digit(*c)) ++c;
    if (c == first || (*first == '0' && c - first > 1)) return nullptr;
    bool integral = true;
    if (c < end_ && *c == '.') {
      const char* fraction = ++c;
      while (c < end_ && digit(*c)) ++c;
      if (c == fraction) return nullptr;
      integral = false;
    }
    if (c < end_ && (*c == 'e' || *c == 'E')) {
      ++c;
      if (c < end_ && (*c == '+' || *c == '-')) ++c;
      const char* exponent = c;
      while (c < end_ && digit(*c)) ++c;
      if (c == exponent) return nullptr;
      integral = false;
    }
    return integral && *at_ == '-' && *first == '0' ? nullptr
                                                    : c;  // -0 is an integer 0 to the parser
  }

  const char* at_;
  const char* end_;
};

}  // namespace

bool are_plain_names(std::span<const std::string> names) {
  return std::adjacent_find(names.begin(), names.end(), std::greater_equal<>()) == names.end() &&
         std::all_of(names.begin(), names.end(), [](const std::string& name) {
           return std::all_of(name.begin(), name.end(), is_plain);
         });
}

bool scan_step(std::string_view text, StepText& step, std::span<const std::string> expected) {
  step.names.clear();
  step.values.clear();
  step.as_expected = true;
  Scanner scanner(text);
  if (!scanner.take("{\"iteration\":") || !scanner.integer(step.iteration) ||
      !scanner.take(",\"values\":{"))
    return false;
  if (scanner.take("}}")) {
    step.as_expected = expected.empty();
    return scanner.done();
  }
  do {
    std::string_view name;
    double value = 0;
    const size_t i = step.names.size();
    step.as_expected =
        step.as_expected && i < expected.size() && scanner.take_name(expected[i], name);
    if (!step.as_expected) {
      if (!scanner.name(name) || !scanner.take(":")) return false;
      if (i > 0 && name <= step.names.back()) return false;
    }
    if (!scanner.number(value)) return false;
    step.names.push_back(name);
    step.values.push_back(value);
  } while (scanner.take(","));
  step.as_expected = step.as_expected && step.names.size() == expected.size();
  return scanner.take("}}") && scanner.done();
}

}  // namespace rlreason::store
