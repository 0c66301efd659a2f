#include "core/runlog/reader.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/runlog/fragment.h"
#include "core/runlog/layout.h"

namespace rlreason::runlog {
namespace fs = std::filesystem;
namespace {

// Reads one attempt from its position; `superseded`: a later attempt exists, so its writer is dead.
// False: the limit was reached before its end.
bool read_attempt(const fs::path& directory, bool superseded, size_t limit_bytes,
                  Position& position, Harvest& harvest) {
  const std::string attempt = directory.filename().string();
  const auto fragments = list_fragments(directory);
  for (auto at = fragments.lower_bound(position.fragment); at != fragments.end(); ++at) {
    const auto& [number, open] = *at;
    if (number != position.fragment) {
      if (position.offset == 0)
        harvest.problems.push_back(
            fmt::format("{}: required fragment {}, found {} next; its records are lost",
                        directory.string(), position.fragment, number));
      position = {.fragment = number, .offset = 0, .seq = position.seq};
    }
    const bool last = std::next(at) == fragments.end();
    const Tail tail = !open || !last ? Tail::closed : superseded ? Tail::abandoned : Tail::growing;
    FragmentEnd end = read_fragment(directory / fragment_name(number, open), tail, attempt,
                                    limit_bytes, position, harvest);
    if (end == FragmentEnd::vanished && open)  // published since it was listed
      end = read_fragment(directory / fragment_name(number, false), tail, attempt, limit_bytes,
                          position, harvest);
    if (end == FragmentEnd::limited) return false;
    if (end == FragmentEnd::vanished && last) return true;
    if (end == FragmentEnd::vanished)
      harvest.problems.push_back(
          fmt::format("{}: required a readable file, found none; its records are lost",
                      (directory / fragment_name(number, open)).string()));
    if (!last) position = {.fragment = number + 1, .offset = 0, .seq = position.seq};
  }
  return true;
}

uint64_t natural(const nlohmann::json& value) {
  if (!value.is_number_unsigned())
    throw DataError("run log cursor: required natural numbers, found {}; it is damaged",
                    value.dump());
  return value.get<uint64_t>();
}

}  // namespace

nlohmann::json Cursor::to_json() const {
  nlohmann::json value = nlohmann::json::object();
  for (const auto& [attempt, position] : attempts)
    value[attempt] = {position.fragment, position.offset, position.seq};
  return value;
}

Cursor Cursor::from_json(const nlohmann::json& value) {
  if (!value.is_object())
    throw DataError("run log cursor: required an object, found a {}; it is damaged",
                    value.type_name());
  Cursor cursor;
  for (const auto& [attempt, numbers] : value.items()) {
    if (!numbers.is_array() || numbers.size() != 3)
      throw DataError("run log cursor: required [fragment, offset, seq], found {}; it is damaged",
                      numbers.dump());
    cursor.attempts[attempt] = {natural(numbers[0]), natural(numbers[1]), natural(numbers[2])};
  }
  return cursor;
}

std::vector<Record> Reader::read(Cursor& cursor, size_t limit_bytes) {
  Harvest harvest;
  harvest.steps = steps_;
  const std::vector<std::string> uids = attempts(run_dir_);
  for (const auto& uid : uids)
    if (!read_attempt(log_directory(run_dir_) / uid, uid != uids.back(), limit_bytes,
                      cursor.attempts[uid], harvest))
      break;
  problems_ = std::move(harvest.problems);
  return std::move(harvest.records);
}

}  // namespace rlreason::runlog
