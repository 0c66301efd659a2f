#include "evaluators/cells.h"

#include "core/runlog/reader.h"
#include "evaluators/suite.h"

namespace rlreason::eval {

using nlohmann::json;

void Cells::add(const json& items) {
  for (const json& item : items) {
    std::set<int64_t>& known = samples_[item.at("id").get<std::string>()];
    for (const json& sample : item.at("samples")) {
      if (!known.insert(sample.at("sample").get<int64_t>()).second) continue;
      ++size_;
      right_ += sample.value("outcome", "") == "right" ? 1 : 0;
    }
  }
}

bool Cells::has(const std::string& item, int64_t sample) const {
  const auto it = samples_.find(item);
  return it != samples_.end() && it->second.contains(sample);
}

std::vector<SampleRange> Cells::missing(const std::string& item, int64_t begin,
                                        int64_t count) const {
  std::vector<SampleRange> ranges;
  for (int64_t sample = begin; sample < begin + count; ++sample) {
    if (has(item, sample)) continue;
    if (!ranges.empty() && ranges.back().begin + ranges.back().count == sample)
      ++ranges.back().count;
    else
      ranges.push_back({sample, 1});
  }
  return ranges;
}

std::vector<json> eval_records(const std::filesystem::path& run_dir) {
  std::vector<json> payloads;
  runlog::Reader reader(run_dir);
  runlog::Cursor cursor;
  for (auto records = reader.read(cursor); !records.empty(); records = reader.read(cursor))
    for (runlog::Record& record : records)
      if (record.kind == runlog::Kind::eval && record.payload.is_object())
        payloads.push_back(std::move(record.payload));
  return payloads;
}

bool same_evaluation(const json& record, const json& protocol, int64_t iteration,
                     bool any_samples) {
  const json own = record.value("protocol", json::object());
  if (!own.is_object() || record.value("iteration", int64_t{-1}) != iteration) return false;
  if (!any_samples) return own.value("digest", "") == protocol.at("digest");
  return protocol_but_samples(own) == protocol_but_samples(protocol);
}

json new_items(const json& record, const Cells& known, int64_t samples, int64_t rotations) {
  json items = json::array();
  for (const json& item : record.at("items")) {
    json own = {{"id", item.at("id")}, {"samples", json::array()}};
    for (const json& sample : item.at("samples")) {
      const auto number = sample.at("sample").get<int64_t>();
      const bool wanted =
          number % kRotationStride < samples && number / kRotationStride < rotations;
      if (wanted && !known.has(item.at("id"), number)) own["samples"].push_back(sample);
    }
    if (!own["samples"].empty()) items.push_back(std::move(own));
  }
  return items.empty() ? json() : items;
}

}  // namespace rlreason::eval
