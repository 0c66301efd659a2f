// Numbers that papers printed, as files: tables of systems x benchmarks with source, place and protocol; and ours beside them.
//
//   source: "arXiv:2504.14945"            checked_by: null (nobody has compared the file with the paper)
//   tables: [{name, locator, base_model, benchmarks, metric, k, protocol, rows: [{system, values, average, recipe, ...}]}]
//
// Values are points (0 to 100); null is what the paper does not say.  `recipe` names ours of the same method.
// The protocol score of a number counts fields that are the same in our evaluation, that differ, and that the paper leaves out:
// k, temperature, top_p, max_tokens, grader, template.
// Not here: rows in the store (core/store/published.h), running what is missing (sweeps/reproduce.h).
// Errors: UserError with file:line for what does not parse, values that do not fit the benchmarks, points outside 0 to 100.
// Thread safety: pure but for reading files.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "core/store/published.h"
#include "sweeps/compare/comparison.h"

namespace rlreason::sweep {

struct PublishedProtocol {
  std::optional<double> temperature, top_p;
  std::optional<int64_t> max_tokens;
  std::optional<std::string> grader, prompt_template;

  static constexpr auto fields() {
    using config::field;
    using P = PublishedProtocol;
    return std::tuple{
        field(&P::temperature, "temperature", "of the samples", config::at_least(0.0)),
        field(&P::top_p, "top_p", "nucleus", config::in(0.0, 1.0)),
        field(&P::max_tokens, "max_tokens", "of a response", config::at_least(1)),
        field(&P::grader, "grader", "verifier or profile of that name"),
        field(&P::prompt_template, "template", "prompt template of that name")};
  }
};

struct PublishedSystem {
  std::string system;
  std::vector<std::optional<double>> values;
  std::optional<double> average, uncertainty;
  std::optional<std::string> uncertainty_kind;
  std::optional<int64_t> n_seeds;
  std::string recipe, note;
  std::optional<double> gpu_hours;

  static constexpr auto fields() {
    using config::field;
    using S = PublishedSystem;
    return std::tuple{
        field(&S::system, "system", "name in the paper", config::not_empty()).required(),
        field(&S::values, "values", "one a benchmark, points; null: not printed").required(),
        field(&S::average, "average", "as printed"),
        field(&S::uncertainty, "uncertainty", "as printed", config::at_least(0.0)),
        field(&S::uncertainty_kind, "uncertainty_kind", "what it is"),
        field(&S::n_seeds, "n_seeds", "training seeds behind a number", config::at_least(1)),
        field(&S::recipe, "recipe", "our recipe of the same method"),
        field(&S::note, "note", "what a reader should know of this row"),
        field(&S::gpu_hours, "gpu_hours", "as printed", config::at_least(0.0))};
  }
};

struct PublishedTable {
  std::string name, locator, base_model, metric = "avg@k";
  std::optional<std::string> source_version;
  std::vector<std::string> benchmarks;
  std::vector<std::optional<int64_t>> k;
  PublishedProtocol protocol;
  std::vector<PublishedSystem> rows;

  static constexpr auto fields() {
    using config::field;
    using T = PublishedTable;
    return std::tuple{
        field(&T::name, "name", "of the table in this file", config::not_empty()).required(),
        field(&T::locator, "locator", "where in the source", config::not_empty()).required(),
        field(&T::base_model, "base_model", "what training started from", config::not_empty())
            .required(),
        field(&T::benchmarks, "benchmarks", "the columns, as our suites are called",
              config::not_empty())
            .required(),
        field(&T::metric, "metric", "avg@k or pass@k"),
        field(&T::k, "k", "samples an item, one a benchmark; null: not said").required(),
        field(&T::source_version, "source_version", "where it differs from the file's"),
        field(&T::protocol, "protocol", "how it was measured; null: not said"),
        field(&T::rows, "rows", "the systems", config::not_empty()).required()};
  }
};

struct PublishedFile {
  std::string source;
  std::optional<std::string> source_version, title, checked_by, trained_on;
  std::vector<PublishedTable> tables;
  std::string name, digest;  // of the file

  static constexpr auto fields() {
    using config::field;
    using F = PublishedFile;
    return std::tuple{
        field(&F::source, "source", "paper or repository", config::not_empty()).required(),
        field(&F::source_version, "source_version", "of it; null: not said"),
        field(&F::title, "title", "of it"),
        field(&F::checked_by, "checked_by", "who compared this file with the source; null: nobody"),
        field(&F::trained_on, "trained_on", "training data of the paper"),
        field(&F::tables, "tables", "the tables", config::not_empty()).required()};
  }
};

PublishedFile parse_published(std::string_view yaml, const std::string& origin);
PublishedFile load_published(const std::string& name_or_file);
std::vector<std::string> published_names();  // built in
std::vector<store::PublishedRow> to_rows(const PublishedFile& file);

struct ProtocolScore {
  int64_t same = 0, differ = 0, unstated = 0;
  std::vector<std::string> differing;  // "k (32 and 8)"
  std::string words() const;           // "4 same, 1 differs (k: 32, ours 8), 1 unstated"
};
ProtocolScore protocol_score(const store::PublishedRow& row, const nlohmann::json& our_protocol,
                             int64_t our_samples);

// One published number and ours.
struct BesideOurs {
  store::PublishedRow row;
  std::string our_row;  // "" when we have none
  MeanInterval ours;    // points
  std::optional<ProtocolScore> score;
};
// `recipe` of a system -> the row of ours that was trained with it.
std::vector<BesideOurs> beside(const PublishedFile& file, const ComparisonInput& ours);
std::string render(const PublishedFile& file, const std::vector<BesideOurs>& rows, bool markdown);
nlohmann::json to_json(const PublishedFile& file, const std::vector<BesideOurs>& rows);

}  // namespace rlreason::sweep
