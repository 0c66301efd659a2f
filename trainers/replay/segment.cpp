#include "trainers/replay/segment.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace rlreason::train {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "segments are little-endian");
constexpr std::string_view kMagic = "rlreason replay 1\n";

template <class T>
void append(std::string& bytes, const std::vector<T>& values) {
  if (!values.empty())
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

class Input {
 public:
  Input(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  std::string_view take(uint64_t size) {
    if (size > bytes_.size()) fail("more bytes");
    const std::string_view own = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return own;
  }
  template <class T>
  std::vector<T> take_values(uint64_t count) {
    if (count > bytes_.size() / sizeof(T)) fail("more bytes");
    std::vector<T> values(count);
    const std::string_view own = take(count * sizeof(T));
    if (count > 0) std::memcpy(values.data(), own.data(), own.size());
    return values;
  }
  bool empty() const { return bytes_.empty(); }
  [[noreturn]] void fail(std::string_view wanted) const {
    throw DataError(
        "{}: required a replay segment with {}, it ends or differs; the file is damaged", where_,
        wanted);
  }

 private:
  std::string_view bytes_;
  const std::string& where_;
};

double finite(double value) {
  RLR_ENSURE(std::isfinite(value), "a reward or advantage of {} in replay", value);
  return value;
}

json header_of(const Segment& segment) {
  json prompts = json::object(), entries = json::array();
  for (const auto& [key, own] : segment.prompts)
    prompts[key] = {{"prompt", own.prompt}, {"ids", own.prompt_ids}};
  for (const Experience& own : segment.entries)
    entries.push_back({{"id", own.id},
                       {"prompt", own.prompt},
                       {"finish", static_cast<int>(own.finish)},
                       {"outcome", static_cast<int>(own.verdict.outcome)},
                       {"rule", own.verdict.rule},
                       {"reason", own.verdict.reason},
                       {"answer", own.verdict.answer},
                       {"fuel", own.verdict.fuel},
                       {"reward", finite(own.reward)},
                       {"advantage", finite(own.advantage)},
                       {"iteration", own.iteration},
                       {"policy_version", own.policy_version},
                       {"right", own.right},
                       {"responses", own.responses},
                       {"tokens", own.response_ids.size()},
                       {"behavior", own.behavior_logprob.size()},
                       {"old", own.old_logprob.size()}});
  return {{"prompts", std::move(prompts)}, {"entries", std::move(entries)}};
}

Experience entry_of(const json& row, Input& input) {
  Experience own;
  own.id = row.at("id");
  own.prompt = row.at("prompt");
  own.finish = static_cast<FinishReason>(row.at("finish").get<int>());
  own.verdict = {.outcome = static_cast<data::Outcome>(row.at("outcome").get<int>()),
                 .rule = row.at("rule"),
                 .reason = row.at("reason"),
                 .answer = row.at("answer"),
                 .fuel = row.at("fuel")};
  own.reward = row.at("reward");
  own.advantage = row.at("advantage");
  own.iteration = row.at("iteration");
  own.policy_version = row.at("policy_version");
  own.right = row.at("right");
  own.responses = row.at("responses");
  own.response_ids = input.take_values<int32_t>(row.at("tokens").get<uint64_t>());
  own.behavior_logprob = input.take_values<float>(row.at("behavior").get<uint64_t>());
  own.old_logprob = input.take_values<float>(row.at("old").get<uint64_t>());
  return own;
}

}  // namespace

std::string encode_segment(const Segment& segment) {
  // A response that is no UTF-8 may have left such text in a verdict's answer.
  const std::string header =
      header_of(segment).dump(-1, ' ', false, json::error_handler_t::replace);
  std::string bytes(kMagic);
  append(bytes, std::vector<uint64_t>{header.size()});
  bytes += header;
  for (const Experience& own : segment.entries) {
    append(bytes, own.response_ids);
    append(bytes, own.behavior_logprob);
    append(bytes, own.old_logprob);
  }
  return bytes;
}

Segment decode_segment(std::string_view bytes, const std::string& where) {
  Input input(bytes, where);
  if (bytes.size() < kMagic.size() || input.take(kMagic.size()) != kMagic)
    input.fail("its first line");
  const json header =
      json::parse(input.take(input.take_values<uint64_t>(1).front()), nullptr, false);
  if (header.is_discarded()) input.fail("a JSON header");
  try {
    Segment segment;
    for (const auto& [key, own] : header.at("prompts").items())
      segment.prompts[key] = {.prompt = data::prompt_from_json(own.at("prompt"), where),
                              .prompt_ids = own.at("ids").get<std::vector<int32_t>>()};
    for (const json& row : header.at("entries")) {
      segment.entries.push_back(entry_of(row, input));
      if (!segment.prompts.contains(segment.entries.back().prompt))
        input.fail("the prompt of each response");
    }
    if (!input.empty()) input.fail("nothing behind its last response");
    return segment;
  } catch (const json::exception&) {
    input.fail("the fields of a segment");
  }
}

}  // namespace rlreason::train
