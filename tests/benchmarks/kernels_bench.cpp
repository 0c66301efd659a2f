// Matrix products of ours and of LibTorch (MKL) at the shapes of the 1 M and 5 M decoders, and packed attention.
//
// Counter: gflops (CPU time of the calling thread, so that a busy machine changes it little).  One thread unless
// OMP_NUM_THREADS says otherwise.
#include <ATen/Parallel.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <vector>

#include "core/engine/kernels/attention.h"
#include "core/engine/kernels/linear.h"

namespace rlreason::engine {
namespace {

void use_threads() {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  at::set_num_threads(threads != nullptr ? std::max(1, std::atoi(threads)) : 1);
}

void count(benchmark::State& state, double operations) {
  state.counters["gflops"] =
      benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

// Arguments: rows, in, out.
struct Matrices {
  LinearShape shape;
  at::Tensor x, w, y, dx, dw;
  explicit Matrices(const benchmark::State& state)
      : shape{state.range(0), state.range(1), state.range(2)},
        x(at::randn({shape.rows, shape.in})),
        w(at::randn({shape.out, shape.in})),
        y(at::randn({shape.rows, shape.out})),
        dx(at::randn({shape.rows, shape.in})),
        dw(at::randn({shape.out, shape.in})) {
    use_threads();
  }
  double operations() const {
    return 2.0 * static_cast<double>(shape.rows) * static_cast<double>(shape.in) *
           static_cast<double>(shape.out);
  }
};

void forward_ours(benchmark::State& state) {
  Matrices m(state);
  for (auto _ : state)
    linear_forward<float>(m.shape, m.x.data_ptr<float>(), m.w.data_ptr<float>(), nullptr,
                          m.y.data_ptr<float>());
  count(state, m.operations());
}
void forward_libtorch(benchmark::State& state) {
  Matrices m(state);
  for (auto _ : state) at::mm_out(m.y, m.x, m.w.t());
  count(state, m.operations());
}
void backward_input_ours(benchmark::State& state) {
  Matrices m(state);
  for (auto _ : state)
    linear_backward_input<float>(m.shape, m.y.data_ptr<float>(), m.w.data_ptr<float>(),
                                 m.dx.data_ptr<float>());
  count(state, m.operations());
}
void backward_input_libtorch(benchmark::State& state) {
  Matrices m(state);
  for (auto _ : state) at::mm_out(m.dx, m.y, m.w);
  count(state, m.operations());
}
void backward_weight_ours(benchmark::State& state) {
  Matrices m(state);
  for (auto _ : state)
    linear_backward_weight<float>(m.shape, m.y.data_ptr<float>(), m.x.data_ptr<float>(),
                                  m.dw.data_ptr<float>());
  count(state, m.operations());
}
void backward_weight_libtorch(benchmark::State& state) {
  Matrices m(state);
  for (auto _ : state) at::addmm_out(m.dw, m.dw, m.y.t(), m.x);
  count(state, m.operations());
}

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"rows", "in", "out"});
  b->Args({5120, 256, 1536})
      ->Args({5120, 768, 256})
      ->Args({5120, 256, 512})
      ->Args({5120, 128, 768});
  b->Args({2048, 256, 768})->Args({1024, 96, 384})->Args({256, 256, 768});
}
BENCHMARK(forward_ours)->Apply(shapes);
BENCHMARK(forward_libtorch)->Apply(shapes);
BENCHMARK(backward_input_ours)->Apply(shapes);
BENCHMARK(backward_input_libtorch)->Apply(shapes);
BENCHMARK(backward_weight_ours)->Apply(shapes);
BENCHMARK(backward_weight_libtorch)->Apply(shapes);

// 8 prompts of 16 tokens, 8 responses of 64 each; arguments: heads, kv heads, head width.
void attention(benchmark::State& state, bool backward) {
  use_threads();
  const AttentionShape shape{state.range(0), state.range(1), state.range(2),
                             1 / std::sqrt(static_cast<double>(state.range(2)))};
  Layout layout;
  for (int p = 0; p < 8; ++p) {
    const int32_t prompt = layout.append(std::vector<int32_t>(16, 0));
    for (int s = 0; s < 8; ++s) layout.append(std::vector<int32_t>(64, 0), prompt);
  }
  const int64_t tokens = layout.size(), width = shape.heads * shape.head_dim;
  const at::Tensor qkv = at::randn({tokens, shape.row()}), dout = at::randn({tokens, width});
  at::Tensor out = at::randn({tokens, width}), lse = at::randn({tokens, shape.heads}),
             dqkv = at::randn({tokens, shape.row()});
  attention_forward<float>(shape, layout, qkv.data_ptr<float>(), out.data_ptr<float>(),
                           lse.data_ptr<float>());
  for (auto _ : state)
    if (backward)
      attention_backward<float>(shape, layout, qkv.data_ptr<float>(), out.data_ptr<float>(),
                                lse.data_ptr<float>(), dout.data_ptr<float>(),
                                dqkv.data_ptr<float>());
    else
      attention_forward<float>(shape, layout, qkv.data_ptr<float>(), out.data_ptr<float>(),
                               lse.data_ptr<float>());
  const double pairs = 8 * (16 * 17 / 2 + 8 * (64 * 16 + 64 * 65 / 2));
  count(state, pairs * static_cast<double>(width) * (backward ? 10 : 4));
}
void head_shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"heads", "kv_heads", "head_dim"})->Args({4, 2, 32})->Args({4, 2, 64});
}
void attention_forward_case(benchmark::State& state) { attention(state, false); }
void attention_backward_case(benchmark::State& state) { attention(state, true); }
BENCHMARK(attention_forward_case)->Apply(head_shapes);
BENCHMARK(attention_backward_case)->Apply(head_shapes);

}  // namespace
}  // namespace rlreason::engine

BENCHMARK_MAIN();
