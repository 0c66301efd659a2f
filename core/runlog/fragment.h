// One fragment file read from an offset: records, damage, and how far reading got.
//
// Used by reader.cpp only.  Memory is bounded by one window plus the largest record, whatever the
// file claims. Errors: none are thrown for content; damage is a sentence with file and offset.
// Thread safety: functions without state.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/runlog/frame.h"
#include "core/runlog/reader.h"

namespace rlreason::runlog {

struct Harvest {
  std::vector<Record> records;
  std::vector<std::string> problems;
  size_t bytes = 0;  // taken or skipped
  Steps steps = Steps::parsed;
};

// Who may still add to the fragment decides what bytes at its end are that form no record.
enum class Tail {
  closed,     // published: damage, reported and skipped
  growing,    // a writer may be at work: not there yet, and nothing behind it is looked at
  abandoned,  // its writer is dead: damage only when a whole record follows, otherwise a record
              // never acknowledged
};

enum class FragmentEnd {
  reached,
  limited,
  vanished
};  // vanished: renamed or removed since it was listed

// Reads on from position.offset until the end or until harvest.bytes >= limit_bytes.
FragmentEnd read_fragment(const std::filesystem::path& file, Tail tail, const std::string& attempt,
                          size_t limit_bytes, Position& position, Harvest& harvest);

// Offset of the first whole frame at or after `from` with a seq above `last_seq`; npos when there
// is none.
size_t find_frame(std::string_view bytes, size_t from, uint64_t last_seq);

}  // namespace rlreason::runlog
