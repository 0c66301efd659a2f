// The read functions of the sources, for their table (source.cpp).
//
// Not for others: find_source(name).read is how a source is used.
#pragma once

#include "datasets/sources/source.h"

namespace rlreason::data {

nlohmann::json read_task(const PrepareConfig& config, const std::string& name, const RowVisitor& visit);
nlohmann::json read_gsm8k_source(const PrepareConfig& config, const std::string& name, const RowVisitor& visit);
nlohmann::json read_benchmark_source(const PrepareConfig& config, const std::string& name, const RowVisitor& visit);
nlohmann::json read_mapped_source(const PrepareConfig& config, const std::string& name, const RowVisitor& visit);
nlohmann::json read_verl_source(const PrepareConfig& config, const std::string& name, const RowVisitor& visit);
nlohmann::json read_samples_source(const PrepareConfig& config, const std::string& name, const RowVisitor& visit);
nlohmann::json read_mixture_source(const PrepareConfig& config, const std::string& name, const RowVisitor& visit);

}  // namespace rlreason::data
