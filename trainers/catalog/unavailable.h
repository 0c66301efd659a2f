// Methods that this program knows of and cannot run: what each would need.  No LibTorch.
//
// One file a method in trainers/unavailable, so that `describe` answers and a recipe of that name ends in a sentence, never in a
// method that is only called so.  Errors: UserError for a file that says nothing.  Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/config/field.h"

namespace rlreason::train {

struct Unavailable {
  std::string name;
  std::string summary, source, missing;

  static constexpr auto fields() {
    using config::field, config::not_empty;
    return std::tuple{field(&Unavailable::summary, "summary", "one sentence", not_empty()),
                      field(&Unavailable::source, "source", "paper or repository", not_empty()),
                      field(&Unavailable::missing, "missing", "what would have to be built", not_empty())};
  }
};

std::vector<Unavailable> all_unavailable();
std::optional<Unavailable> find_unavailable(const std::string& name);

}  // namespace rlreason::train
