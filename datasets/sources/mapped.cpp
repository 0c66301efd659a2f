#include "datasets/sources/readers.h"

namespace rlreason::data {

nlohmann::json read_mapped_source(const PrepareConfig& config, const std::string&,
                                  const RowVisitor& visit) {
  bool more = true;
  for (const std::string& file : config.from) {
    if (!more) break;
    read_mapped(file, {.paths = config.map},
                [&](SourceRow row) { return more = visit(std::move(row)); });
  }
  return nlohmann::json::object();
}

}  // namespace rlreason::data
