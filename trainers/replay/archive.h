// The replay store on disk: immutable segments in RUN/replay, and in each checkpoint an index that says which entries live.
//
//   RUN/replay/segment-<first id>-<digest>   entries admitted since the checkpoint before (segment.h), never changed
//   RUN/checkpoints/step-N/replay.json       the store's state, the segments it refers to with their SHA-256, retired prompts
// Order of a save: the segment, then the checkpoint that refers to it, then the removal of segments that no checkpoint left refers to;
// a kill between any two leaves at most a segment too many, which the next save removes.  When most of what the segments hold is
// gone from the store, the living entries are written once more and the old segments are let go.
// A segment that is missing or whose digest differs makes the checkpoint invalid: the run goes back to an older one.
// Errors: DiskError while writing, DataError when what is read is not what was written.
// Thread safety: one owner.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "trainers/replay/store.h"

namespace rlreason::train {

class ReplayArchive {
 public:
  static constexpr const char* kIndexFile = "replay.json";

  explicit ReplayArchive(const std::filesystem::path& run_dir);  // touches nothing yet

  // Publishes what is new in the store; the index for the checkpoint that follows.
  nlohmann::json save(const ReplayStore& store);
  // Fills the store from a checkpoint's index.
  void load(const nlohmann::json& index, ReplayStore& store, const std::string& where);
  // What is wrong with the segments a checkpoint refers to; nothing when it verifies or has no index.
  std::optional<std::string> problem_of(const std::filesystem::path& checkpoint) const;
  // Removes segments that none of these checkpoints refers to.
  void remove_unreferenced(const std::vector<std::filesystem::path>& checkpoints) const;

 private:
  struct Written {
    std::string file, sha256;
    int64_t first = 0, last = 0, entries = 0;  // ids and how many there are
  };
  static std::vector<Written> segments_of(const nlohmann::json& index);
  std::string checked_bytes(const Written& segment) const;  // DataError when it is not as it was written
  void drop_empty(const ReplayStore& store);                // segments of which nothing lives
  void write(const ReplayStore& store, int64_t from);       // entries with at least this id

  std::filesystem::path folder_;
  std::vector<Written> segments_;
};

}  // namespace rlreason::train
