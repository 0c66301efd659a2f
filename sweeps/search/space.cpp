#include "sweeps/search/space.h"

#include <algorithm>
#include <cmath>

#include "core/config/parse.h"
#include "core/error.h"

namespace rlreason::sweep {
namespace {

struct RangeConfig {
  double low = 0, high = 1;
  std::string scale = "linear";
  bool integer = false;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{field(&RangeConfig::low, "low", "least value").required(),
                      field(&RangeConfig::high, "high", "greatest value").required(),
                      field(&RangeConfig::scale, "scale", "even in the value or in its logarithm",
                            config::choices({"linear", "log"})),
                      field(&RangeConfig::integer, "integer", "whole numbers only")};
  }
  static void check(const RangeConfig& range) {
    if (!(range.low < range.high))
      throw UserError("required low < high, {} and {} came", range.low, range.high);
    if (range.scale == "log" && range.low <= 0)
      throw UserError("required low > 0 on a log scale, {} came", range.low);
  }
};

}  // namespace

std::vector<Dimension> parse_space(const config::Node& space, const std::string& path) {
  if (!space.is_map() || space.size() == 0)
    throw UserError("{}: {}: required {{path: [choices]}} or {{path: {{low, high}}}}",
                    space.origin().text(), path);
  std::vector<Dimension> dimensions;
  for (const auto& [key, origin, value] : space.entries()) {
    Dimension dimension;
    dimension.path = key;
    dimension.origin = origin;
    if (value.is_list()) {
      dimension.choices = value.items();
      if (dimension.choices.empty())
        throw UserError("{}: {}.{}: required at least one choice", origin.text(), path, key);
    } else {
      const auto range = config::parse<RangeConfig>(value, path + "." + key);
      dimension.low = range.low;
      dimension.high = range.high;
      dimension.log = range.scale == "log";
      dimension.integer = range.integer;
    }
    dimensions.push_back(std::move(dimension));
  }
  return dimensions;
}

config::Node value_at(const Dimension& dimension, double unit) {
  if (!dimension.choices.empty()) {
    const auto n = static_cast<double>(dimension.choices.size());
    return dimension.choices[std::min(dimension.choices.size() - 1, static_cast<size_t>(unit * n))];
  }
  // A whole number owns the interval of half a step on either side.
  const double half = dimension.integer ? 0.5 : 0.0;
  double low = dimension.low - half, high = dimension.high + half;
  if (dimension.log && low <= 0) low = dimension.low;
  double value = dimension.log ? std::exp(std::log(low) + unit * (std::log(high) - std::log(low)))
                               : low + unit * (high - low);
  if (dimension.integer) value = std::clamp(std::round(value), dimension.low, dimension.high);
  return config::Node::make_scalar(
      dimension.integer ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value), false,
      dimension.origin);
}

}  // namespace rlreason::sweep
