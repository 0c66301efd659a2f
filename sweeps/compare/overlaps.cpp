#include "sweeps/compare/overlaps.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/process/publish.h"
#include "datasets/overlap.h"

namespace rlreason::sweep {
namespace {

namespace fs = std::filesystem;

class Notes {
 public:
  explicit Notes(const store::Store& store) : store_(store) {}

  // Of a training, and of those that made its first checkpoint and its teachers.  `known`: what the store says of it.
  void add(const store::RunRow& training, const store::RunDetail* known = nullptr) {
    if (!seen_.insert(training.directory).second) return;
    for (const store::ProducerRow& producer :
         known != nullptr ? known->producers : store_.detail(training.uid).producers) {
      const fs::path made_in = store::made_in(training, producer);
      if (producer.role.starts_with("dataset:")) {
        add_dataset(made_in / "dataset");  // a prepare run ...
        add_dataset(made_in);              // ... or a folder that the user prepared
      }
      if (producer.role == "init" || producer.role.starts_with("anchor:"))
        add_start(producer.identity, made_in);
    }
  }
  std::vector<std::string> take() { return std::move(notes_); }

 private:
  void add_start(const std::string& identity, const fs::path& made_in) {
    store::RunFilter filter;
    filter.identity = identity;
    for (const store::RunRow& row : store_.runs(filter))
      if (fs::path(row.directory).lexically_normal() == made_in) add(row);
  }

  void add_dataset(const fs::path& folder) {
    if (!seen_.insert(folder.string()).second) return;
    try {
      for (std::string& note : data::overlap_footnotes(process::read_manifest(folder).facts))
        if (std::find(notes_.begin(), notes_.end(), note) == notes_.end())
          notes_.push_back("overlap: " + std::move(note));
    } catch (const Error&) {
      return;  // the table is about the runs; their data may have been removed since
    }
  }

  const store::Store& store_;
  std::set<std::string> seen_;
  std::vector<std::string> notes_;
};

}  // namespace

std::vector<std::string> overlap_notes(const store::Store& store,
                                       const std::vector<const CellFacts*>& cells) {
  Notes notes(store);
  for (const CellFacts* cell : cells)
    if (cell->training) notes.add(*cell->training, cell->trained ? &*cell->trained : nullptr);
  return notes.take();
}

}  // namespace rlreason::sweep
