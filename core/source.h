// Where a token came from and how a response ended: shared by data, engine, trainers and the store.
#pragma once

#include <cstdint>
#include <string_view>

namespace rlreason {

enum class Source : uint8_t { prompt, policy, demonstration, replay, teacher, hint, environment };
enum class FinishReason : uint8_t { eos, length, stopped };

constexpr std::string_view to_string(Source source) {
  constexpr std::string_view kNames[] = {"prompt", "policy", "demonstration", "replay", "teacher", "hint", "environment"};
  return kNames[static_cast<uint8_t>(source)];
}
constexpr std::string_view to_string(FinishReason reason) {
  constexpr std::string_view kNames[] = {"eos", "length", "stopped"};
  return kNames[static_cast<uint8_t>(reason)];
}

}  // namespace rlreason
