#include "core/engine/arena/arena.h"

#include <ATen/ops/zeros.h>

#include "core/error.h"

namespace rlreason::engine {
namespace {

int64_t elements(const ParameterSpec& spec) {
  int64_t count = 1;
  for (const int64_t size : spec.shape) count *= size;
  return count;
}

}  // namespace

Arena::Arena(std::vector<ParameterSpec> specs, at::ScalarType dtype) : specs_(std::move(specs)) {
  RLR_ENSURE(dtype == at::kFloat || dtype == at::kDouble, "an arena of {}", c10::toString(dtype));
  const auto unit = static_cast<int64_t>(64 / c10::elementSize(dtype));
  int64_t end = 0;
  for (size_t i = 0; i < specs_.size(); ++i) {
    if (!specs_[i].adjoins) end = (end + unit - 1) / unit * unit;
    offsets_.push_back(end);
    end += elements(specs_[i]);
    RLR_ENSURE(index_.emplace(specs_[i].name, i).second, "parameter '{}' twice", specs_[i].name);
  }
  end = (end + unit - 1) / unit * unit;
  weights_ = at::zeros({end}, dtype);
  gradients_ = at::zeros({end}, dtype);
}

bool Arena::contains(std::string_view name) const { return index_.contains(std::string(name)); }

size_t Arena::index_of(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  RLR_ENSURE(found != index_.end(), "parameter '{}'", name);
  return found->second;
}

at::Tensor Arena::view(const at::Tensor& buffer, std::string_view name) const {
  const size_t i = index_of(name);
  return buffer.narrow(0, offsets_[i], elements(specs_[i])).view(specs_[i].shape);
}

at::Tensor Arena::weight(std::string_view name) const { return view(weights_, name); }
at::Tensor Arena::gradient(std::string_view name) const { return view(gradients_, name); }

at::Tensor Arena::block(const at::Tensor& buffer, std::string_view first,
                        std::string_view last) const {
  const size_t begin = index_of(first), end = index_of(last);
  RLR_ENSURE(begin <= end, "'{}' before '{}'", first, last);
  std::vector<int64_t> shape = specs_[begin].shape;
  for (size_t i = begin + 1; i <= end; ++i) {
    RLR_ENSURE(specs_[i].adjoins, "'{}' does not adjoin its predecessor", specs_[i].name);
    RLR_ENSURE(specs_[i].shape.size() == shape.size() &&
                   (shape.size() == 1 || specs_[i].shape[1] == shape[1]),
               "width of '{}'", specs_[i].name);
    shape[0] += specs_[i].shape[0];
  }
  const int64_t count = offsets_[end] + elements(specs_[end]) - offsets_[begin];
  return buffer.narrow(0, offsets_[begin], count).view(shape);
}

at::Tensor Arena::weight_block(std::string_view first, std::string_view last) const {
  return block(weights_, first, last);
}
at::Tensor Arena::gradient_block(std::string_view first, std::string_view last) const {
  return block(gradients_, first, last);
}

int64_t Arena::parameter_count() const {
  int64_t count = 0;
  for (const ParameterSpec& spec : specs_) count += elements(spec);
  return count;
}

at::ScalarType Arena::dtype() const { return weights_.scalar_type(); }

void Arena::zero_gradients() { gradients_.zero_(); }

}  // namespace rlreason::engine
