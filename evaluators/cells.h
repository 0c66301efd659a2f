// The cells of an evaluation, one an item and sample: which are in run logs already and which are missing.
//
// A sample's number says what was drawn: rotation * kRotationStride + sample, so more samples of a rotation change no number.
// Records come from the evaluation's own earlier attempts (equal protocol) or from another evaluation of the same checkpoint
// (equal but for the number of samples): its samples are those that this one would draw, since keys hold no count.
// Not here: drawing (evaluators/sampling.h), the store.
// Errors: DataError for a log that cannot be listed; a damaged record is not there.
// Thread safety: a value; reading takes no lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace rlreason::eval {

inline constexpr int64_t kRotationStride = 65536;

struct SampleRange {
  int64_t begin = 0, count = 0;
};

class Cells {
 public:
  // From the items of an eval record; what was there already is not counted again.
  void add(const nlohmann::json& items);
  bool has(const std::string& item, int64_t sample) const;
  int64_t size() const { return size_; }
  int64_t right() const { return right_; }
  // Of [begin, begin + count), the runs of numbers that are not there.
  std::vector<SampleRange> missing(const std::string& item, int64_t begin, int64_t count) const;

 private:
  std::map<std::string, std::set<int64_t>> samples_;
  int64_t size_ = 0, right_ = 0;
};

// Payloads of all eval records of a run log, oldest first.
std::vector<nlohmann::json> eval_records(const std::filesystem::path& run_dir);
// Is it of this suite, iteration, prompts and protocol?  `any_samples`: another number of samples does not matter.
bool same_evaluation(const nlohmann::json& record, const nlohmann::json& protocol, int64_t iteration, bool any_samples);
// The record's items with the samples below `samples` of each of `rotations` that `known` lacks; null when none is left.
nlohmann::json new_items(const nlohmann::json& record, const Cells& known, int64_t samples, int64_t rotations);

}  // namespace rlreason::eval
