#include "core/engine/checkpoint/arena_files.h"

#include <functional>
#include <string>

#include "core/error.h"

namespace rlreason::engine {
namespace {

constexpr const char* kFirst = "exp_avg.";
constexpr const char* kSecond = "exp_avg_sq.";

// A parameter's part of a flat buffer that has the arena's layout.
at::Tensor part_of(const at::Tensor& flat, const at::Tensor& weight) {
  return flat.as_strided(weight.sizes(), weight.strides(),
                         flat.storage_offset() + weight.storage_offset());
}

// Copies each tensor of the file to where it belongs; an undefined place is none of the arena's.
void copy_from(const std::filesystem::path& file, const char* what, size_t required,
               const std::function<at::Tensor(const std::string& name)>& place) {
  size_t copied = 0;
  for (const auto& [name, tensor] : read_safetensors(file)) {
    const at::Tensor target = place(name);
    if (!target.defined())
      throw DataError("{}: required {} of the model's parameters, '{}' came", file.string(), what,
                      name);
    if (target.sizes() != tensor.sizes())
      throw DataError("{}: {}: the shape does not fit the model", file.string(), name);
    target.copy_(tensor);
    ++copied;
  }
  if (copied != required)
    throw DataError("{}: required {} {}, {} came; the checkpoint is incomplete", file.string(),
                    required, what, copied);
}

}  // namespace

NamedTensors named_weights(const Arena& arena) {
  NamedTensors tensors;
  for (const ParameterSpec& spec : arena.specs())
    tensors.emplace_back(spec.name, arena.weight(spec.name).contiguous());
  return tensors;
}

NamedTensors named_moments(const Arena& arena, const AdamW& optimizer) {
  NamedTensors tensors;
  for (const auto& [prefix, flat] : {std::pair(kFirst, optimizer.first_moment()),
                                     std::pair(kSecond, optimizer.second_moment())})
    for (const ParameterSpec& spec : arena.specs())
      tensors.emplace_back(prefix + spec.name,
                           part_of(flat, arena.weight(spec.name)).contiguous());
  return tensors;
}

void load_weights(const std::filesystem::path& file, Arena& arena) {
  copy_from(file, "weights", arena.specs().size(), [&](const std::string& name) {
    return arena.contains(name) ? arena.weight(name) : at::Tensor();
  });
  arena.bump_version();
}

void load_moments(const std::filesystem::path& file, const Arena& arena, int64_t steps,
                  AdamW& optimizer) {
  const at::Tensor first = optimizer.first_moment().clone(),
                   second = optimizer.second_moment().clone();
  copy_from(file, "moments", 2 * arena.specs().size(), [&](const std::string& name) {
    for (const auto& [prefix, flat] : {std::pair(kFirst, first), std::pair(kSecond, second)})
      if (name.starts_with(prefix) && arena.contains(name.substr(std::string(prefix).size())))
        return part_of(flat, arena.weight(name.substr(std::string(prefix).size())));
    return at::Tensor();
  });
  optimizer.restore(first, second, steps);
}

}  // namespace rlreason::engine
