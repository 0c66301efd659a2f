#include "trainers/weight_report.h"

#include <ATen/ops/isfinite.h>
#include <fmt/ranges.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/analysis/weight_change.h"
#include "core/engine/checkpoint/tensor_files.h"
#include "core/error.h"
#include "trainers/state.h"

namespace rlreason::train {
namespace {

namespace fs = std::filesystem;
using engine::TensorChange;
using engine::TensorFiles;
using Json = nlohmann::json;

struct Pair {
  std::string name;
  fs::path before_folder, after_folder;
  std::unique_ptr<TensorFiles> before, after;
};

// Sums over tensors; matrix quantities as sums over those that have a spectrum.
struct Pool {
  int64_t tensors = 0, matrices = 0;
  TensorChange sums;
  std::map<std::string, double> matrix_sums;
  double largest_angle = 0;

  void add(const TensorChange& own) {
    ++tensors;
    sums.parameters += own.parameters;
    sums.changed += own.changed;
    sums.bf16_equal += own.bf16_equal;
    sums.within.resize(own.within.size());
    for (size_t t = 0; t < own.within.size(); ++t) sums.within[t] += own.within[t];
    sums.before_squares += own.before_squares;
    sums.change_squares += own.change_squares;
    if (!own.spectra) return;
    ++matrices;
    const engine::Spectra& s = *own.spectra;
    const auto full = static_cast<double>(s.full_rank);
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, double>>{
             {"rank", s.rank},
             {"rank_share", s.rank / full},
             {"stable_rank", s.stable_rank},
             {"rank_99", s.rank_99},
             {"rank_99_share", s.rank_99 / full},
             {"spectral_drift", s.spectral_drift},
             {"left_angle_mean", s.left.mean},
             {"right_angle_mean", s.right.mean},
             {"subspace_energy", s.subspace_energy},
             {"subspace_expected", s.subspace_expected},
             {"principal_energy", s.principal_energy},
             {"off_principal_energy", 1 - s.principal_energy},
             {"magnitude_energy", s.magnitude_energy}})
      matrix_sums[name] += value;
    largest_angle = std::max({largest_angle, s.left.largest, s.right.largest});
  }

  Json json() const {
    const auto n = static_cast<double>(sums.parameters);
    Json out = {{"tensors", tensors},
                {"parameters", sums.parameters},
                {"changed", sums.changed},
                {"changed_share", static_cast<double>(sums.changed) / n},
                {"bf16_changed_share", 1 - static_cast<double>(sums.bf16_equal) / n},
                {"change_norm", std::sqrt(sums.change_squares)},
                {"matrices", matrices},
                {"sparsity", Json::array()}};
    if (sums.before_squares > 0)
      out["relative_change"] = std::sqrt(sums.change_squares / sums.before_squares);
    for (const int64_t within : sums.within)
      out["sparsity"].push_back(static_cast<double>(within) / n);
    if (matrices == 0) return out;
    for (const auto& [name, sum] : matrix_sums) out[name] = sum / static_cast<double>(matrices);
    out["angle_largest"] = largest_angle;
    return out;
  }
};

// What two changed sets share, over one tensor or the sums of several.
struct Shared {
  double numbers = 0, first = 0, second = 0, both = 0,
         expected_both = 0;  // the last within tensors

  void add(const Shared& own) {
    numbers += own.numbers, first += own.first, second += own.second;
    both += own.both, expected_both += own.expected_both;
  }
  Json json() const {
    Json out = {{"parameters", numbers},
                {"first_changed", first},
                {"second_changed", second},
                {"both_changed", both}};
    if (first > 0) {
      out["share_of_first"] = both / first;
      out["expected_of_first"] = second / numbers;
      out["expected_of_first_by_tensor"] = expected_both / first;
    }
    if (second > 0) {
      out["share_of_second"] = both / second;
      out["expected_of_second"] = first / numbers;
      out["expected_of_second_by_tensor"] = expected_both / second;
    }
    return out;
  }
};

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::vector<Pair> open_pairs(const Json& job) {
  std::vector<Pair> pairs;
  for (const Json& own : job.at("pairs")) {
    Pair pair{.name = own.at("name"),
              .before_folder = model_folder(own.at("before").get<std::string>()),
              .after_folder = model_folder(own.at("after").get<std::string>()),
              .before = {},
              .after = {}};
    pair.before = std::make_unique<TensorFiles>(pair.before_folder);
    pair.after = std::make_unique<TensorFiles>(pair.after_folder);
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

// `files` holds exactly the tensors of `wanted`, in their shapes.
void require_alike(const TensorFiles& wanted, const fs::path& wanted_folder,
                   const TensorFiles& files, const fs::path& folder) {
  for (const auto& [name, own] : wanted.all()) {
    const auto* other = files.find(name);
    if (!other)
      throw DataError(
          "{}: tensor '{}': required as in {}, it is not there; compare checkpoints of "
          "one model",
          folder.string(), name, wanted_folder.string());
    if (other->entry->shape != own.entry->shape)
      throw DataError(
          "{}: tensor '{}': required shape {} as in {}, came {}; compare checkpoints of one model",
          folder.string(), name, shape_text(own.entry->shape), wanted_folder.string(),
          shape_text(other->entry->shape));
  }
  for (const auto& [name, own] : files.all())
    if (!wanted.find(name))
      throw DataError(
          "{}: tensor '{}': required only tensors of {}, it came besides; compare "
          "checkpoints of one model",
          folder.string(), name, wanted_folder.string());
}

at::Tensor read_finite(const TensorFiles& files, const std::string& name, const fs::path& folder) {
  const at::Tensor values = files.find(name)->read();
  if (!values.is_floating_point())
    throw DataError("{}: tensor '{}': required floating-point weights, came {}", folder.string(),
                    name, at::toString(values.scalar_type()));
  if (!at::isfinite(values).all().item<bool>())
    throw DataError("{}: tensor '{}': required finite weights, found NaN or infinity",
                    folder.string(), name);
  return values;
}

engine::ChangeOptions options_of(const Json& job) {
  engine::ChangeOptions options;
  options.tolerances = job.at("tolerances").get<std::vector<double>>();
  options.tolerance = job.at("tolerance");
  options.principal = job.at("principal");
  options.largest_matrix = job.at("largest_matrix");
  options.spectra = job.at("spectra");
  return options;
}

Json tensor_json(const std::string& name, const std::vector<int64_t>& shape,
                 const TensorChange& change) {
  Pool alone;
  alone.add(change);
  Json json = alone.json();
  json.erase("tensors");
  json.erase("matrices");
  json["tensor"] = name;
  json["type"] = engine::tensor_type(name);
  json["shape"] = shape;
  if (!change.spectra) return json;
  const engine::Spectra& s = *change.spectra;
  json["full_rank"] = s.full_rank;
  json["k"] = s.k;
  json["left_angle_largest"] = s.left.largest;
  json["right_angle_largest"] = s.right.largest;
  if (s.principal_changed) json["principal_changed"] = *s.principal_changed;
  return json;
}

template <class T>
Json by_type(const std::map<std::string, T>& types) {
  Json rows = Json::array();
  for (const auto& [type, own] : types) {
    rows.push_back(own.json());
    rows.back()["type"] = type;
  }
  return rows;
}

Shared shared_of(const at::Tensor& first, const at::Tensor& second) {
  const auto sum = [](const at::Tensor& mask) { return mask.sum().item<double>(); };
  Shared own{.numbers = static_cast<double>(first.numel()),
             .first = sum(first),
             .second = sum(second),
             .both = sum(first.logical_and(second))};
  own.expected_both = own.first * own.second / own.numbers;
  return own;
}

struct Collected {
  std::vector<Pool> totals;                            // [pairs]
  std::vector<std::map<std::string, Pool>> types;      // [pairs]
  std::vector<Json> tensors;                           // [pairs]
  std::map<std::pair<size_t, size_t>, Shared> shared;  // by pair of pairs
  std::map<std::pair<size_t, size_t>, std::map<std::string, Shared>> shared_types;

  explicit Collected(size_t pairs) : totals(pairs), types(pairs), tensors(pairs, Json::array()) {}
};

void add_tensor(const std::vector<Pair>& pairs, const std::string& name,
                const engine::ChangeOptions& options, Collected& out) {
  const std::string type = engine::tensor_type(name);
  std::vector<at::Tensor> masks;
  for (size_t p = 0; p < pairs.size(); ++p) {
    const at::Tensor before = read_finite(*pairs[p].before, name, pairs[p].before_folder);
    const at::Tensor after = read_finite(*pairs[p].after, name, pairs[p].after_folder);
    const TensorChange change = engine::weight_change(before, after, options);
    out.totals[p].add(change);
    out.types[p][type].add(change);
    out.tensors[p].push_back(tensor_json(name, before.sizes().vec(), change));
    if (pairs.size() > 1) masks.push_back(engine::changed_mask(before, after, options.tolerance));
  }
  for (size_t i = 0; i < masks.size(); ++i)
    for (size_t j = i + 1; j < masks.size(); ++j) {
      const Shared own = shared_of(masks[i], masks[j]);
      out.shared[{i, j}].add(own);
      out.shared_types[{i, j}][type].add(own);
    }
}

}  // namespace

Json weight_report(const Json& job, const ReportProgress& progress) {
  const engine::ChangeOptions options = options_of(job);
  const std::vector<Pair> pairs = open_pairs(job);
  const Pair& first = pairs.front();
  for (const Pair& pair : pairs) {
    require_alike(*first.before, first.before_folder, *pair.before, pair.before_folder);
    require_alike(*first.before, first.before_folder, *pair.after, pair.after_folder);
  }
  Collected found(pairs.size());
  uint64_t done = 0;
  for (const auto& [name, entry] : first.before->all()) {
    if (entry.entry->shape.empty() || entry.entry->begin == entry.entry->end) continue;
    add_tensor(pairs, name, options, found);
    progress(++done, first.before->all().size());
  }
  Json report = {{"tolerances", options.tolerances},
                 {"tolerance", options.tolerance},
                 {"principal", options.principal},
                 {"pairs", Json::array()},
                 {"overlaps", Json::array()}};
  for (size_t p = 0; p < pairs.size(); ++p)
    report["pairs"].push_back({{"name", pairs[p].name},
                               {"before", pairs[p].before_folder.string()},
                               {"after", pairs[p].after_folder.string()},
                               {"total", found.totals[p].json()},
                               {"types", by_type(found.types[p])},
                               {"tensors", std::move(found.tensors[p])}});
  for (const auto& [own, shared] : found.shared)
    report["overlaps"].push_back({{"first", pairs[own.first].name},
                                  {"second", pairs[own.second].name},
                                  {"total", shared.json()},
                                  {"types", by_type(found.shared_types.at(own))}});
  return report;
}

}  // namespace rlreason::train
