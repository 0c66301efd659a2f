// A packed forest of token segments, and the targets scored on it.  No padding anywhere, no LibTorch.
//
// Legend: T packed tokens, R targets.  A prompt shared by a group is a parent segment and is stored once; each response is
// a child.  A token attends to every token of its ancestors and to the earlier tokens of its own segment and itself.
// Targets name the positions whose *next* token is predicted: for the first token of a child that is the last token of its
// parent, so several targets may share a row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/source.h"

namespace rlreason::engine {

struct Segment {
  int32_t begin = 0, end = 0;  // [begin, end) in tokens, never empty
  int32_t parent = -1;         // index of an earlier segment, or -1 for a root
};

struct Layout {
  std::vector<int32_t> tokens;     // [T]
  std::vector<int32_t> positions;  // [T] rotary position: continues the parent's
  std::vector<Segment> segments;   // in order of begin, covering [0, T) without gaps

  // Appends a segment and returns its index.  REQUIRES: ids not empty, parent < segments.size().
  int32_t append(std::span<const int32_t> ids, int32_t parent = -1);
  int32_t size() const { return static_cast<int32_t>(tokens.size()); }
};

struct Targets {
  std::vector<int32_t> row;       // [R] index into the packed tokens: the hidden vector that predicts
  std::vector<int32_t> token;     // [R] the token predicted
  std::vector<int32_t> sequence;  // [R] which trajectory of the batch
  std::vector<Source> source;     // [R] provenance of the predicted token

  int32_t size() const { return static_cast<int32_t>(row.size()); }
  // Targets for tokens [first, segment.end) of a segment; `first` = segment.begin needs a parent (or is skipped for a root).
  void append_segment(const Layout& layout, int32_t segment, int32_t first, int32_t sequence_index, Source token_source);
};

}  // namespace rlreason::engine
