#include "core/engine/kernels/attention.h"

#include <algorithm>
#include <vector>

#include "core/engine/kernels/parallel.h"
#include "core/engine/kernels/table.h"

namespace rlreason::engine {
namespace {

struct Tree {
  std::vector<TreeSegment> segments;
  int64_t longest = 0;
};

std::vector<Tree> trees_of(const Layout& layout) {
  std::vector<Tree> trees;
  struct Place {
    size_t tree;
    int32_t index;
    int64_t keys;
  };
  std::vector<Place> places;
  for (const Segment& segment : layout.segments) {
    const bool root = segment.parent < 0;
    if (root) trees.emplace_back();
    const Place parent =
        root ? Place{trees.size() - 1, -1, 0} : places[static_cast<size_t>(segment.parent)];
    Tree& tree = trees[parent.tree];
    places.push_back({parent.tree, static_cast<int32_t>(tree.segments.size()),
                      parent.keys + segment.end - segment.begin});
    tree.segments.push_back({segment.begin, segment.end, parent.index});
    tree.longest = std::max(tree.longest, places.back().keys);
  }
  return trees;
}

struct TaskMemory;

// Runs `kernel` on every (tree, kv head).
template <class T>
void each_task(const AttentionShape& shape, const Layout& layout, AttentionTask<T> task,
               void (*kernel)(const AttentionTask<T>&)) {
  const std::vector<Tree> trees = trees_of(layout);
  task.heads = shape.heads;
  task.kv_heads = shape.kv_heads;
  task.head_dim = shape.head_dim;
  task.scale = static_cast<T>(shape.scale);
  parallel_tasks(static_cast<int64_t>(trees.size()) * shape.kv_heads, [&](int64_t i) {
    const Tree& tree = trees[static_cast<size_t>(i / shape.kv_heads)];
    AttentionTask<T> own = task;
    own.kv_head = i % shape.kv_heads;
    own.segments = tree.segments.data();
    own.segment_count = static_cast<int32_t>(tree.segments.size());
    own.longest = tree.longest;
    own.scratch =
        thread_scratch<T, TaskMemory>(kernels<T>().attention_scratch(shape.head_dim, tree.longest));
    kernel(own);
  });
}

}  // namespace

template <class T>
void attention_forward(const AttentionShape& shape, const Layout& layout, const T* qkv, T* out,
                       T* lse) {
  AttentionTask<T> task{};
  task.qkv = qkv;
  task.out = out;
  task.lse = lse;
  each_task(shape, layout, task, kernels<T>().attention_forward);
}

template <class T>
void attention_backward(const AttentionShape& shape, const Layout& layout, const T* qkv,
                        const T* out, const T* lse, const T* dout, T* dqkv) {
  AttentionTask<T> task{};
  task.qkv = qkv;
  task.saved_out = out;
  task.saved_lse = lse;
  task.dout = dout;
  task.dqkv = dqkv;
  each_task(shape, layout, task, kernels<T>().attention_backward);
}

#define RLR_INSTANTIATE(T)                                                                      \
  template void attention_forward<T>(const AttentionShape&, const Layout&, const T*, T*, T*);   \
  template void attention_backward<T>(const AttentionShape&, const Layout&, const T*, const T*, \
                                      const T*, const T*, T*);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine
