#include "core/engine/layout.h"

#include "core/error.h"

namespace rlreason::engine {

int32_t Layout::append(std::span<const int32_t> ids, int32_t parent) {
  RLR_ENSURE(!ids.empty(), "a segment of no tokens");
  RLR_ENSURE(parent >= -1 && parent < static_cast<int32_t>(segments.size()), "parent {} of segment {}", parent, segments.size());
  const int32_t begin = size();
  const int32_t first = parent < 0 ? 0 : positions[static_cast<size_t>(segments[static_cast<size_t>(parent)].end - 1)] + 1;
  tokens.insert(tokens.end(), ids.begin(), ids.end());
  for (size_t i = 0; i < ids.size(); ++i) positions.push_back(first + static_cast<int32_t>(i));
  segments.push_back({begin, size(), parent});
  return static_cast<int32_t>(segments.size()) - 1;
}

void Targets::append_segment(const Layout& layout, int32_t segment, int32_t first, int32_t sequence_index, Source token_source) {
  const Segment& own = layout.segments[static_cast<size_t>(segment)];
  RLR_ENSURE(first >= own.begin && first <= own.end, "target {} outside segment [{}, {})", first, own.begin, own.end);
  for (int32_t position = first; position < own.end; ++position) {
    int32_t predictor = position - 1;
    if (position == own.begin) {
      if (own.parent < 0) continue;  // nothing predicts the first token of a root
      predictor = layout.segments[static_cast<size_t>(own.parent)].end - 1;
    }
    row.push_back(predictor);
    token.push_back(layout.tokens[static_cast<size_t>(position)]);
    sequence.push_back(sequence_index);
    source.push_back(token_source);
  }
}

}  // namespace rlreason::engine
