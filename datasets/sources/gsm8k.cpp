#include "datasets/sources/readers.h"

namespace rlreason::data {

nlohmann::json read_gsm8k_source(const PrepareConfig& config, const std::string&,
                                 const RowVisitor& visit) {
  bool more = true;
  for (const std::string& file : config.from) {
    if (!more) break;
    read_gsm8k(file, config.keep_calculations, [&](SourceRow row) {
      row.prompt.verifier = "number";
      return more = visit(std::move(row));
    });
  }
  return nlohmann::json::object();
}

}  // namespace rlreason::data
