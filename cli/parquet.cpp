// rlreason-parquet: the only program that holds Arrow.  `read FILE` prints one JSON object a row; `write DATA_JSONL FILE` writes
// verl's columns.  Started by rlreason; it limits its own memory and time before it opens anything.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "core/error.h"
#include "datasets/parquet/files.h"

namespace rlreason {
namespace {

int run(int argc, char** argv) {
  data::ParquetLimits limits;
  std::string from, to;
  data::ParquetExport how;
  CLI::App app("Parquet to JSON lines and back, under limits.", "rlreason-parquet");
  app.require_subcommand(1);
  CLI::App* read = app.add_subcommand("read", "print one JSON object a row");
  read->add_option("FILE", from, "Parquet file")->required();
  read->add_option("--most-bytes", limits.output_bytes, "refuse to print more");
  read->add_option("--most-cpu-s", limits.cpu_s, "seconds of processor time")
      ->check(CLI::Range(1, 3600));
  CLI::App* write =
      app.add_subcommand("write", "write a prepared dataset's rows with verl's columns");
  write->add_option("DATA", from, "data.jsonl of a prepared dataset")->required();
  write->add_option("FILE", to, "Parquet file, must not exist")->required();
  write->add_option("--data-source", how.dataset_name, "data_source of rows without a category");
  write->add_option("--ability", how.ability, "the ability column");
  write->add_option("--system", how.system, "a system message in front");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  if (read->parsed()) {
    data::impose(limits);
    data::parquet_to_jsonl(from, limits, 1);
  } else {
    std::printf("%lld\n", static_cast<long long>(data::jsonl_to_parquet(from, how, to)));
  }
  return 0;
}

}  // namespace
}  // namespace rlreason

int main(int argc, char** argv) {
  try {
    return rlreason::run(argc, argv);
  } catch (const rlreason::Error& error) {
    std::fprintf(stderr, "rlreason-parquet: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rlreason-parquet: required a readable file, %s came; write it again\n",
                 error.what());
    return static_cast<int>(rlreason::ExitCode::data);
  }
}
