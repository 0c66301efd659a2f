// export: a prepared dataset in other people's form.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/terminal/text.h"
#include "datasets/dataset.h"
#include "datasets/readers/parquet.h"

namespace rlreason::cli {
namespace {

struct Options {
  std::string dataset, parquet;
  data::ParquetExport how;
};

void run(const Options& options, bool json) {
  const data::Dataset dataset = data::Dataset::load(options.dataset);  // refuses a damaged one
  data::ParquetExport how = options.how;
  if (how.dataset_name.empty()) how.dataset_name = dataset.name;
  const int64_t rows = data::export_parquet(
      std::filesystem::path(options.dataset) / data::kDataFile, how, options.parquet);
  if (json)
    fmt::print(
        "{}\n",
        nlohmann::json{{"parquet", options.parquet}, {"rows", rows}, {"digest", dataset.digest}}
            .dump(2));
  else
    fmt::print("{}: {} rows of {} with verl's columns\n", options.parquet, rows,
               terminal::clean(dataset.name));
}

const Register kEntry{
    "export", "write a prepared dataset as Parquet with verl's columns",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.add_option("DATASET", options->dataset, "folder of a prepared dataset")->required();
      app.add_option("--parquet", options->parquet, "file to write; must not exist")->required();
      app.add_option("--data-source", options->how.dataset_name,
                     "data_source of rows without a category; default: the dataset's name");
      app.add_option("--ability", options->how.ability, "the ability column");
      app.add_option("--system", options->how.system, "a system message before each prompt");
      return [options, &globals] { run(*options, globals.json); };
    }};

}  // namespace
}  // namespace rlreason::cli
