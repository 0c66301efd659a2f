// The default verifier: 1,024 real MATH answers by the golds of the same set, and worst cases of 64 KiB.
//
// Needs shared/data beside the repository for the first; without it only the others run.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "datasets/verifiers/verifier.h"

namespace {

using rlreason::data::find_verifier;

struct Answered {
  std::string gold, response;
};

std::vector<Answered> real_answers() {
  std::vector<Answered> out;
  std::ifstream stream(std::filesystem::path(RLR_SOURCE_DIR) /
                       "../shared/data/math_samples/math_cot_100.jsonl");
  for (std::string line; std::getline(stream, line);) {
    const nlohmann::json row = nlohmann::json::parse(line);
    for (const auto& response : row["code"]) out.push_back({row["gt"], response});
  }
  for (size_t i = 0; !out.empty() && out.size() < 1024; ++i) out.push_back(out[i]);
  return out;
}

void real(benchmark::State& state) {
  const std::vector<Answered> answers = real_answers();
  if (answers.empty()) return state.SkipWithError("needs shared/data/math_samples");
  const auto& verify = find_verifier("math").verify;
  for (auto _ : state)
    for (const Answered& one : answers)
      benchmark::DoNotOptimize(verify({.gold = one.gold}, one.response));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(answers.size()));
}
BENCHMARK(real)->Unit(benchmark::kMillisecond);

std::string repeated(const std::string& text, size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += text;
  return out;
}

void worst(benchmark::State& state, const std::string& answer) {
  const auto& verify = find_verifier("math").verify;
  for (auto _ : state) benchmark::DoNotOptimize(verify({.gold = "\\frac{\\sqrt{3}}{2}"}, answer));
}
constexpr size_t kBytes = 64 << 10;
BENCHMARK_CAPTURE(worst, braces, "\\boxed{" + repeated("{", kBytes))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(worst, boxes, repeated("\\boxed{1} ", kBytes))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(worst, digits, repeated("7", kBytes))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(worst, formulas, repeated("$x$ and ", kBytes))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(worst, fractions, "\\boxed{" + repeated("\\frac12+", 4000) + "1}")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(worst, roots, "\\boxed{" + repeated("\\sqrt{\\sin x + y}+", 6000) + "1}")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(worst, set, "\\boxed{\\{" + repeated("\\sqrt{2}x,", 6000) + "1\\}}")
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
