// Several prepared datasets as one: weights, deterministic interleaving, and stages of a curriculum.
//
// Each part is put into an order by key (seed, part name).  At every step the part that is furthest behind its share gives its next
// row (largest w_i (t+1) − n_i; a tie goes to the earlier part), so shares hold in every prefix.  Without `rows` a stage
// ends when the first part with a weight runs out; with `rows` the others go on, or parts start over where `repeat` says so.
// Stages follow one another; a row is used once over all of them.  `order: difficulty` sorts a stage's rows, easiest first.
// Ids become part/id.  Not here: what a trainer does with the order (data.<source>.order: as_written keeps it).
// Errors: UserError for settings, DataError for a stage that no row fits or that has fewer rows than asked for.
// Thread safety: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/config/field.h"

namespace rlreason::data {

struct MixturePart {
  std::string dataset{}, name{};
  double weight = 1;
  bool repeat = false;

  static constexpr auto fields() {
    using config::field, config::at_least;
    using C = MixturePart;
    return std::tuple{field(&C::dataset, "dataset", "folder of a prepared dataset", config::not_empty()).required(),
                      field(&C::name, "name", "name in ids and in the manifest; empty: the folder's"),
                      field(&C::weight, "weight", "share of the rows, relative to the other parts", at_least(0.0)),
                      field(&C::repeat, "repeat", "start over when it runs out")};
  }
};

struct MixtureStage {
  std::string name{};
  int64_t rows = 0;
  std::vector<std::string> parts{}, categories{};
  std::optional<double> easiest{}, hardest{};

  static constexpr auto fields() {
    using config::field, config::at_least;
    using C = MixtureStage;
    return std::tuple{field(&C::name, "name", "name of the stage"),
                      field(&C::rows, "rows", "rows of the stage; 0: until the first part runs out", at_least(0)),
                      field(&C::parts, "parts", "only these parts; empty: all"),
                      field(&C::categories, "categories", "only rows of these categories; empty: all"),
                      field(&C::easiest, "easiest", "only rows of at least this difficulty"),
                      field(&C::hardest, "hardest", "only rows of at most this difficulty")};
  }
};

enum class MixtureOrder { interleaved, difficulty };

struct MixtureConfig {
  std::vector<MixturePart> parts{};
  int64_t rows = 0;
  MixtureOrder order = MixtureOrder::interleaved;
  std::vector<MixtureStage> stages{};

  static constexpr auto fields() {
    using config::field, config::at_least, config::one_of;
    using C = MixtureConfig;
    return std::tuple{field(&C::parts, "parts", "the datasets that are mixed", config::not_empty()).required(),
                      field(&C::rows, "rows", "rows without stages; 0: until the first part runs out", at_least(0)),
                      field(&C::order, "order", "rows of a stage as they are interleaved, or by difficulty", one_of({"interleaved", "difficulty"})),
                      field(&C::stages, "stages", "stages of a curriculum, one after another")};
  }
};

}  // namespace rlreason::data
