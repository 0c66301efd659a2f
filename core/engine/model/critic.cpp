#include "core/engine/model/critic.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <variant>

#include "core/engine/model/activation_pool.h"
#include "core/error.h"

namespace rlreason::engine {
namespace {

constexpr const char* kHead = "score.weight";

// The decoder alone: tied embeddings have no output matrix.
ModelConfig decoder_config(ModelConfig config) {
  config.tie_word_embeddings = true;
  return config;
}

std::vector<ParameterSpec> specs_of(const ModelConfig& config) {
  std::vector<ParameterSpec> specs = parameter_specs(config);
  specs.push_back({kHead, {1, config.hidden_size}});
  return specs;
}

void check_rows(const Layout& layout, const std::vector<int32_t>& rows) {
  for (const int32_t row : rows)
    RLR_ENSURE(row >= 0 && row < layout.size(), "row {} of {}", row, layout.size());
}

template <class T>
struct TypedCritic {
  using Scalar = T;
  Decoder<T> decoder;
  at::Tensor head, head_gradient;  // [1, D]
  std::shared_ptr<ActivationPool<T>> pool = std::make_shared<ActivationPool<T>>();

  TypedCritic(const ModelConfig& config, const Arena& arena)
      : decoder(config, arena), head(arena.weight(kHead)), head_gradient(arena.gradient(kHead)) {}

  at::Tensor values(const std::vector<int32_t>& rows, const Activations<T>& activations) const {
    const int64_t width = head.size(1);
    const T* const w = head.data_ptr<T>();
    at::Tensor result = at::empty({static_cast<int64_t>(rows.size())}, head.options());
    for (size_t r = 0; r < rows.size(); ++r) {
      const T* const hidden = activations.hidden.data() + rows[r] * width;
      double sum = 0;
      for (int64_t d = 0; d < width; ++d)
        sum += static_cast<double>(w[d]) * static_cast<double>(hidden[d]);
      result.template data_ptr<T>()[r] = static_cast<T>(sum);
    }
    return result;
  }

  // Gradients of the head, and of hidden [T, D] into activations.gradient.
  void spread(const std::vector<int32_t>& rows, const T* grad, Activations<T>& activations) const {
    const int64_t width = head.size(1);
    const T* const w = head.data_ptr<T>();
    T* const dw = head_gradient.data_ptr<T>();
    for (size_t r = 0; r < rows.size(); ++r) {
      const T* const hidden = activations.hidden.data() + rows[r] * width;
      T* const dhidden = activations.gradient.data() + rows[r] * width;
      for (int64_t d = 0; d < width; ++d) {
        dhidden[d] += grad[r] * w[d];
        dw[d] += grad[r] * hidden[d];
      }
    }
  }
};

}  // namespace

struct Critic::Activated {
  Layout layout;
  std::vector<int32_t> rows;
  std::variant<std::monostate, std::unique_ptr<Lease<float>>, std::unique_ptr<Lease<double>>>
      activations;
};

struct Critic::Impl {
  ModelConfig config;
  Arena arena;
  std::variant<TypedCritic<float>, TypedCritic<double>> engine;

  Impl(const ModelConfig& policy, at::ScalarType dtype)
      : config(decoder_config(policy)), arena(specs_of(config), dtype), engine(make_engine()) {}

  std::variant<TypedCritic<float>, TypedCritic<double>> make_engine() const {
    if (arena.dtype() == at::kDouble) return TypedCritic<double>(config, arena);
    return TypedCritic<float>(config, arena);
  }
};

Critic::Critic(const Policy& start)
    : impl_(std::make_unique<Impl>(start.config(), start.arena().dtype())) {
  for (const ParameterSpec& spec : impl_->arena.specs())
    if (spec.name != kHead) impl_->arena.weight(spec.name).copy_(start.arena().weight(spec.name));
  impl_->arena.weight(kHead).zero_();
  impl_->arena.bump_version();
}
Critic::~Critic() = default;
Critic::Critic(Critic&&) noexcept = default;
Critic& Critic::operator=(Critic&&) noexcept = default;

Arena& Critic::arena() { return impl_->arena; }
const Arena& Critic::arena() const { return impl_->arena; }

Critic::Pass::Pass() = default;
Critic::Pass::~Pass() = default;
Critic::Pass::Pass(Pass&&) noexcept = default;
Critic::Pass& Critic::Pass::operator=(Pass&&) noexcept = default;

at::Tensor Critic::score(const Layout& layout, const std::vector<int32_t>& rows) const {
  check_rows(layout, rows);
  return std::visit(
      [&](const auto& engine) {
        Lease<typename std::decay_t<decltype(engine)>::Scalar> activations(engine.pool);
        engine.decoder.forward(layout, *activations, false);
        return engine.values(rows, *activations);
      },
      impl_->engine);
}

Critic::Pass Critic::forward(const Layout& layout, const std::vector<int32_t>& rows) const {
  check_rows(layout, rows);
  Pass pass;
  pass.state = std::make_unique<Activated>(Activated{layout, rows, {}});
  std::visit(
      [&](const auto& engine) {
        auto activations =
            std::make_unique<Lease<typename std::decay_t<decltype(engine)>::Scalar>>(engine.pool);
        engine.decoder.forward(layout, **activations, true);
        pass.value = engine.values(rows, **activations);
        pass.state->activations = std::move(activations);
      },
      impl_->engine);
  return pass;
}

void Critic::backward(Pass&& pass, const at::Tensor& value_grad) {
  RLR_ENSURE(pass.state != nullptr, "backward of a pass that was used before");
  const std::unique_ptr<Activated> state = std::move(pass.state);
  RLR_ENSURE(
      value_grad.dim() == 1 && value_grad.size(0) == static_cast<int64_t>(state->rows.size()),
      "a gradient of {} elements for {} rows", value_grad.numel(), state->rows.size());
  std::visit(
      [&](const auto& engine) {
        using T = typename std::decay_t<decltype(engine)>::Scalar;
        Activations<T>& activations = **std::get<std::unique_ptr<Lease<T>>>(state->activations);
        const at::Tensor grad = value_grad.detach().to(engine.head.scalar_type()).contiguous();
        const int64_t elements = state->layout.size() * impl_->config.hidden_size;
        std::fill_n(activations.gradient.at_least(elements), elements, T(0));
        engine.spread(state->rows, grad.const_data_ptr<T>(), activations);
        engine.decoder.backward(state->layout, activations);
      },
      impl_->engine);
}

}  // namespace rlreason::engine
