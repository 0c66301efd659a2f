#include "core/engine/model/policy.h"

#include <ATen/ops/empty.h>

#include <cmath>
#include <variant>
#include <vector>

#include "core/engine/kernels/head.h"
#include "core/engine/model/activation_pool.h"
#include "core/engine/model/decoder.h"
#include "core/error.h"
#include "core/random.h"

namespace rlreason::engine {
namespace {

template <class T>
T* data_or_null(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<T>() : nullptr;
}

HeadTargets head_targets(const Targets& targets) {
  return {targets.size(), targets.row.data(), targets.token.data()};
}

void check_targets(const Layout& layout, const Targets& targets, const ModelConfig& config,
                   const HeadWants& wants) {
  RLR_ENSURE(targets.token.size() == targets.row.size(), "{} tokens of {} targets",
             targets.token.size(), targets.row.size());
  RLR_ENSURE(wants.temperature > 0, "temperature {}", wants.temperature);
  for (size_t i = 0; i < targets.row.size(); ++i) {
    RLR_ENSURE(targets.row[i] >= 0 && targets.row[i] < layout.size(), "row {} of {}",
               targets.row[i], layout.size());
    RLR_ENSURE(targets.token[i] >= 0 && targets.token[i] < config.vocab_size,
               "token {} of a vocabulary of {}", targets.token[i], config.vocab_size);
  }
}

// The engine for one scalar type.
template <class T>
struct TypedEngine {
  using Scalar = T;
  Decoder<T> decoder;
  at::Tensor head, head_gradient;
  std::shared_ptr<ActivationPool<T>> pool = std::make_shared<ActivationPool<T>>();

  TypedEngine(const ModelConfig& config, const Arena& arena)
      : decoder(config, arena),
        head(weight_views(config, arena).head),
        head_gradient(gradient_views(config, arena).head) {}

  HeadShape shape(const HeadWants& wants) const {
    return {head.size(1), head.size(0), wants.temperature};
  }

  HeadStatistics statistics(const Targets& targets, const HeadWants& wants,
                            const Activations<T>& activations) const {
    HeadStatistics result;
    result.logprob = at::empty({targets.size()}, head.options());
    if (wants.entropy) result.entropy = at::empty({targets.size()}, head.options());
    if (wants.vocab_mean_logprob)
      result.vocab_mean_logprob = at::empty({targets.size()}, head.options());
    if (wants.min_p > 0) result.min_p_logprob = at::empty({targets.size()}, head.options());
    head_forward<T>(shape(wants), head_targets(targets), activations.hidden.data(),
                    head.data_ptr<T>(), result.logprob.template data_ptr<T>(),
                    data_or_null<T>(result.entropy),
                    {.vocab_mean_logprob = data_or_null<T>(result.vocab_mean_logprob),
                     .min_p_logprob = data_or_null<T>(result.min_p_logprob),
                     .min_p = wants.min_p});
    return result;
  }
};

at::Tensor usable_gradient(const at::Tensor& gradient, const Targets& targets,
                           at::ScalarType dtype) {
  if (!gradient.defined()) return gradient;
  RLR_ENSURE(gradient.dim() == 1 && gradient.size(0) == targets.size(),
             "a gradient of {} elements for {} targets", gradient.numel(), targets.size());
  return gradient.detach().to(dtype).contiguous();
}

// The standard deviation of a parameter's normal draw; 0 means not drawn.
double initial_deviation(const std::string& name, const ParameterSpec& spec, int64_t layers) {
  if (spec.shape.size() != 2) return 0;
  if (name == "model.embed_tokens.weight") return 0.02;
  const double deviation = 1.0 / std::sqrt(static_cast<double>(spec.shape[1]));
  const bool residual = name.ends_with("o_proj.weight") || name.ends_with("down_proj.weight");
  return residual ? deviation / std::sqrt(2.0 * static_cast<double>(layers)) : deviation;
}

}  // namespace

struct ForwardState {
  Layout layout;
  Targets targets;
  HeadWants wants;
  std::variant<std::monostate, std::unique_ptr<Lease<float>>, std::unique_ptr<Lease<double>>>
      activations;
};

struct Policy::Impl {
  ModelConfig config;
  Arena arena;
  std::variant<TypedEngine<float>, TypedEngine<double>> engine;

  Impl(const ModelConfig& c, at::ScalarType dtype)
      : config((check(c), c)), arena(parameter_specs(c), dtype), engine(make_engine()) {}

  std::variant<TypedEngine<float>, TypedEngine<double>> make_engine() const {
    if (arena.dtype() == at::kDouble) return TypedEngine<double>(config, arena);
    return TypedEngine<float>(config, arena);
  }
};

Policy::Policy(const ModelConfig& config, at::ScalarType dtype) {
  if (config.vocab_size < 1)
    throw UserError("vocab_size: required at least 1, got {}; take it from the tokenizer",
                    config.vocab_size);
  impl_ = std::make_unique<Impl>(config, dtype);
}
Policy::~Policy() = default;
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;

const ModelConfig& Policy::config() const { return impl_->config; }
Arena& Policy::arena() { return impl_->arena; }
const Arena& Policy::arena() const { return impl_->arena; }

Policy::Pass::Pass() = default;
Policy::Pass::~Pass() = default;
Policy::Pass::Pass(Pass&&) noexcept = default;
Policy::Pass& Policy::Pass::operator=(Pass&&) noexcept = default;

void Policy::initialise(uint64_t seed) {
  for (const ParameterSpec& spec : impl_->arena.specs()) {
    at::Tensor weight = impl_->arena.weight(spec.name);
    const double deviation = initial_deviation(spec.name, spec, impl_->config.num_hidden_layers);
    if (deviation == 0) {
      weight.fill_(spec.name.ends_with("bias") ? 0.0 : 1.0);
      continue;
    }
    Sequence draws({.seed = seed, .purpose = Purpose::init, .prompt = hash_id(spec.name)});
    const auto fill = [&](auto* values) {
      for (int64_t i = 0; i < weight.numel(); ++i)
        values[i] =
            static_cast<std::remove_pointer_t<decltype(values)>>(deviation * draws.normal());
    };
    weight.scalar_type() == at::kDouble ? fill(weight.data_ptr<double>())
                                        : fill(weight.data_ptr<float>());
  }
  impl_->arena.bump_version();
}

HeadStatistics Policy::score(const Layout& layout, const Targets& targets,
                             const HeadWants& wants) const {
  check_targets(layout, targets, impl_->config, wants);
  return std::visit(
      [&](const auto& engine) {
        Lease<typename std::decay_t<decltype(engine)>::Scalar> activations(engine.pool);
        engine.decoder.forward(layout, *activations, false);
        return engine.statistics(targets, wants, *activations);
      },
      impl_->engine);
}

Policy::Pass Policy::forward(const Layout& layout, const Targets& targets,
                             const HeadWants& wants) const {
  check_targets(layout, targets, impl_->config, wants);
  Pass pass;
  pass.state = std::make_unique<ForwardState>(ForwardState{layout, targets, wants, {}});
  std::visit(
      [&](const auto& engine) {
        auto activations =
            std::make_unique<Lease<typename std::decay_t<decltype(engine)>::Scalar>>(engine.pool);
        engine.decoder.forward(layout, **activations, true);
        pass.statistics = engine.statistics(targets, wants, **activations);
        pass.state->activations = std::move(activations);
      },
      impl_->engine);
  return pass;
}

void Policy::backward(Pass&& pass, const at::Tensor& logprob_grad, const at::Tensor& entropy_grad) {
  RLR_ENSURE(pass.state != nullptr, "backward of a pass that was used before");
  const std::unique_ptr<ForwardState> state = std::move(pass.state);
  std::visit(
      [&](const auto& engine) {
        using T = typename std::decay_t<decltype(engine)>::Scalar;
        Activations<T>& activations = **std::get<std::unique_ptr<Lease<T>>>(state->activations);
        const at::Tensor logprob =
            usable_gradient(logprob_grad, state->targets, engine.head.scalar_type());
        const at::Tensor entropy =
            usable_gradient(entropy_grad, state->targets, engine.head.scalar_type());
        const int64_t elements = state->layout.size() * impl_->config.hidden_size;
        std::fill_n(activations.gradient.at_least(elements), elements, T(0));
        head_backward<T>(engine.shape(state->wants), head_targets(state->targets),
                         activations.hidden.data(), engine.head.template data_ptr<T>(),
                         data_or_null<T>(logprob), data_or_null<T>(entropy),
                         activations.gradient.data(), engine.head_gradient.template data_ptr<T>());
        engine.decoder.backward(state->layout, activations);
      },
      impl_->engine);
}

}  // namespace rlreason::engine
