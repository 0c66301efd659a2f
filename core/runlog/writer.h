// The writing end of a run log: D/log/<attempt>/00000000.rls, 00000001.rls, ... with the last one
// named *.rls.open.
//
// append() is one write() to an O_APPEND file: when it returns, the record survives the death of
// this process.  A fragment is published (fdatasync, close, rename to *.rls, fsync of the
// directory) after 1 MiB or 30 s and then survives power loss. One attempt directory belongs to one
// Writer for ever; nothing is rewritten.  Not a logger of text. Errors: DiskError; after one the
// Writer takes no more records.  RefusedError when the attempt exists already. Thread safety:
// append(), publish() and close() may be called from several threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/process/io.h"
#include "core/runlog/frame.h"

namespace rlreason::runlog {

struct WriterLimits {
  int64_t fragment_bytes = int64_t{1} << 20;
  std::chrono::milliseconds fragment_age = std::chrono::seconds(30);
};

class Writer {
 public:
  Writer(const std::filesystem::path& run_dir, const std::string& attempt,
         const nlohmann::json& hello, WriterLimits limits = {});

  uint64_t append(Kind kind, const nlohmann::json& payload);  // returns the record's seq
  void publish();                         // closes the open fragment now; nothing when it is empty
  void close(const nlohmann::json& bye);  // the last record; then publishes
  const std::string& attempt() const { return attempt_; }

 private:
  uint64_t append_locked(Kind kind, const nlohmann::json& payload);
  void publish_locked();
  void open_fragment();
  bool due() const;

  std::filesystem::path directory_;
  std::string attempt_;
  WriterLimits limits_;
  std::mutex mutex_;
  std::optional<process::OutputFile> file_;
  uint64_t fragment_ = 0;
  uint64_t seq_ = 0;
  bool failed_ = false;
  bool closed_ = false;
  std::chrono::steady_clock::time_point opened_;
};

// "0001-3fa2c4d5e6f7": one more than the highest number in D/log, and a random suffix.
std::string next_attempt_uid(const std::filesystem::path& run_dir);

}  // namespace rlreason::runlog
