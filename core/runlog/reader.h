// The reading end of a run log: complete records after a cursor, of all attempts in order, the open
// fragment included.
//
// A torn tail of an open fragment is not there yet and is read later.  A damaged frame is reported
// once and skipped: reading goes on at the next frame that is whole.  The newest attempt's open
// fragment is never judged, since its writer may be at work; once a later attempt exists, it is.
// Reading never writes and needs no lock. Errors: DataError when the log directory cannot be
// listed.  Damage is in problems(), not thrown. Thread safety: one Reader a thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/runlog/frame.h"

namespace rlreason::runlog {

struct Position {
  uint64_t fragment = 0;
  uint64_t offset = 0;  // bytes of the fragment consumed
  uint64_t seq = 0;     // of the last record read
  bool operator==(const Position&) const = default;
};

// Where a reader stands.  Stored beside what was read, in the same transaction, reading is
// exactly-once.
struct Cursor {
  std::map<std::string, Position> attempts;

  nlohmann::json to_json() const;
  static Cursor from_json(const nlohmann::json& value);  // DataError when it is no cursor
  bool operator==(const Cursor&) const = default;
};

// Parsing is most of the work of reading a long log; who reads steps by itself takes them as text.
enum class Steps { parsed, as_text };

class Reader {
 public:
  explicit Reader(std::filesystem::path run_dir, Steps steps = Steps::parsed)
      : run_dir_(std::move(run_dir)), steps_(steps) {}

  // The next records, at most about `limit_bytes` of them; empty: nothing more for now.  Moves the
  // cursor.
  std::vector<Record> read(Cursor& cursor, size_t limit_bytes = size_t{16} << 20);

  // Damage met by the last read(): "file: offset 123: ...".
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::filesystem::path run_dir_;
  Steps steps_;
  std::vector<std::string> problems_;
};

// Attempt uids of a run in order of creation; empty when there is no log.
std::vector<std::string> attempts(const std::filesystem::path& run_dir);

}  // namespace rlreason::runlog
