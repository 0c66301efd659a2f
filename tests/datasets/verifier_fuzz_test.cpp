// The fuzz corpus replayed, inputs mutated from it, and the bounds on what a hostile answer may cost; needs no clang.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <random>

#include "tests/fuzz/verifier_property.h"

namespace {
// Bytes that operator new gave out and has not got back, and their peak since the last reset.
std::atomic<int64_t> live{0}, peak{0};

void* counted(size_t bytes) {
  void* memory = std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  const int64_t now = live += static_cast<int64_t>(malloc_usable_size(memory));
  for (int64_t seen = peak; now > seen && !peak.compare_exchange_weak(seen, now);) {
  }
  return memory;
}
void uncounted(void* memory) noexcept {
  live -= static_cast<int64_t>(malloc_usable_size(memory));
  std::free(memory);
}
}  // namespace

void* operator new(size_t bytes) { return counted(bytes); }
void* operator new[](size_t bytes) { return counted(bytes); }
void operator delete(void* memory) noexcept { uncounted(memory); }
void operator delete[](void* memory) noexcept { uncounted(memory); }
void operator delete(void* memory, size_t) noexcept { uncounted(memory); }
void operator delete[](void* memory, size_t) noexcept { uncounted(memory); }

namespace rlreason::data {
namespace {

std::vector<std::string> corpus() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(RLR_SOURCE_DIR "/tests/fuzz/corpus/verifier")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> out;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return out;
}

TEST(VerifierFuzz, CorpusKeepsTheProperties) {
  const std::vector<std::string> inputs = corpus();
  EXPECT_GE(inputs.size(), 20U);
  for (const std::string& input : inputs) EXPECT_EQ(broken_property(input), std::nullopt) << input;
}

// Pieces of LaTeX put in, bytes changed, parts of two inputs joined.
std::string mutated(const std::vector<std::string>& inputs, std::mt19937_64& random) {
  static constexpr const char* kPieces[] = {"\\frac", "{", "}", "\\sqrt", "^", "_", "(", ")", "[", "]", ",", "\\{", "\\}", "\\pm", "=", "<", "\\le", "\\cup", "\\text{", "\\boxed{", "$", "!", "%", "\\%", "\\pi", "e", "i",
                                            "0", "9", "10^", "x", ".", "-", "\\begin{pmatrix}", "\\end{pmatrix}", "&", "\\\\", "\n", "\\infty", "\\sin", "\\log_", ":", " or ", "\\binom", "\\sum_{i=1}^{9}", "|", "\u2212", "\u200B", "\\left", "\\right"};
  const auto any = [&](size_t size) { return static_cast<size_t>(random() % (size + 1)); };
  std::string text = inputs[random() % inputs.size()];
  for (size_t steps = 1 + random() % 6; steps > 0; --steps) switch (random() % 5) {
      case 0: text.insert(any(text.size()), kPieces[random() % std::size(kPieces)]); break;
      case 1:
        if (!text.empty()) text.erase(random() % text.size(), 1 + random() % 4);
        break;
      case 2:
        if (!text.empty()) text[random() % text.size()] = static_cast<char>(random() % 256);
        break;
      case 3: {
        const std::string& other = inputs[random() % inputs.size()];
        text = text.substr(0, any(text.size())) + other.substr(any(other.size()));
        break;
      }
      default: text.insert(any(text.size()), text.substr(any(text.size()), random() % 12)); break;
    }
  return text.substr(0, 4096);
}

TEST(VerifierFuzz, MutatedInputsKeepTheProperties) {
  const std::vector<std::string> inputs = corpus();
  std::mt19937_64 random(3);
  for (int i = 0; i < 200'000; ++i) {
    const std::string input = mutated(inputs, random);
    const std::optional<std::string> broken = broken_property(input);
    ASSERT_EQ(broken, std::nullopt) << input;
  }
}

// What makes a parser recurse, a list grow, a number swell.
std::vector<std::string> heavy() {
  std::vector<std::string> out;
  constexpr size_t kSize = 65'000;
  for (const std::string_view unit : {"a", "{", "}", "7", "\\frac", "\\frac{1}{", "(", "[", "\\sqrt{", "2^", "2^{", "1+", "1,", "x+", "x_1+", "-", "\\left(", "!", "9!", "\\text{a}", "\\{", "1&", "\\\\", "$", "\\boxed{", "0.", "|", "=", "<", "a=", "\\pm", "%",
                                      "\\cup", "[0,1]\\cup", " or ", " and ", "\\binom{", "\\sum_{i=1}^{9}", "\\sin", "\xE2\x88\x92", "\xE2\x80\x8B", "\xFF", "\n", " ", "<think>", "</think>", "answer is ", "#### 1 ", "<answer>", "1 "}) {
    std::string text;
    while (text.size() + unit.size() <= kSize) text += unit;
    out.push_back(text);
    out.push_back("\\boxed{" + text + "}");
    out.push_back("\\boxed{" + text.substr(0, 8000) + "}");
    out.push_back("The answer is $" + text.substr(0, 8000) + "$");
  }
  return out;
}

TEST(VerifierBounds, AnyAnswerOf64KiBStaysWithinFuelAndSixteenMiB) {
  int64_t worst = 0;
  for (const char* gold : {"42", "\\sqrt{2}+x", "\\{1,2,3\\}", "\\text{June 20}", "[0,1]\\cup[2,3]"})
    for (const std::string& response : heavy()) {
      const int64_t before = live;
      peak = before;
      const Verdict verdict = verify("math", {.gold = gold}, response);
      const int64_t used = peak - before;
      worst = std::max(worst, used);
      EXPECT_LE(used, int64_t{16} << 20) << gold << " | " << response.substr(0, 40) << " of " << response.size();
      EXPECT_LE(verdict.fuel, math::kFuel + static_cast<int64_t>(response.size()));
      EXPECT_FALSE(verdict.right()) << gold << " | " << response.substr(0, 40);
    }
  RecordProperty("worst_heap_bytes", std::to_string(worst));
}

}  // namespace
}  // namespace rlreason::data
