// Samples that were right become demonstrations: rejection sampling and self-distillation.
//
// Samples are a run's recorded rollouts and the texts of its evaluations, or JSON lines {id or prompt, responses or text}.
// Every one is judged again by its prompt's verifier, whatever was recorded; equal texts of one prompt count once.
// Not here: generating (rlreason-engine).  Errors: UserError for settings, DataError for samples of no known prompt at all.
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "core/config/field.h"

namespace rlreason::data {

enum class SampleChoice { first, shortest, random };

struct SamplesConfig {
  std::string prompts{};
  int64_t per_prompt = 1;
  SampleChoice choose = SampleChoice::first;
  std::string teacher = "samples";
  bool keep_all = false;

  static constexpr auto fields() {
    using config::field, config::in, config::one_of;
    using C = SamplesConfig;
    return std::tuple{
        field(&C::prompts, "prompts", "prepared dataset with the prompts; empty: the samples bring prompt and gold"),
        field(&C::per_prompt, "per_prompt", "demonstrations kept of a prompt", in(1, 65536)),
        field(&C::choose, "choose", "which right samples are kept: in their order, the shortest, or drawn by key", one_of({"first", "shortest", "random"})),
        field(&C::teacher, "teacher", "name of the teacher in the demonstrations"),
        field(&C::keep_all, "keep_all", "keep prompts without a right sample, without demonstrations")};
  }
};

}  // namespace rlreason::data
