#include "core/runlog/writer.h"

#include <algorithm>

#include "core/error.h"
#include "core/runlog/layout.h"
#include "core/runlog/reader.h"

namespace rlreason::runlog {
namespace fs = std::filesystem;

Writer::Writer(const fs::path& run_dir, const std::string& attempt, const nlohmann::json& hello,
               WriterLimits limits)
    : directory_(log_directory(run_dir) / attempt), attempt_(attempt), limits_(limits) {
  RLR_ENSURE(!attempt.empty() && attempt[0] >= '0' && attempt[0] <= '9' &&
                 attempt.find('/') == attempt.npos,
             "attempt uid '{}'", attempt);
  RLR_ENSURE(limits.fragment_bytes <= static_cast<int64_t>(kMaxPayloadBytes),
             "fragments of {} bytes", limits.fragment_bytes);
  process::make_directories(log_directory(run_dir));
  if (fs::exists(fs::symlink_status(directory_)))
    throw RefusedError("{}: required a new attempt, found that it exists; start another attempt",
                       directory_.string());
  process::make_directory(directory_);
  process::sync_directory(log_directory(run_dir));
  append(Kind::hello, hello);
}

uint64_t Writer::append(Kind kind, const nlohmann::json& payload) {
  const std::lock_guard lock(mutex_);
  return append_locked(kind, payload);
}

uint64_t Writer::append_locked(Kind kind, const nlohmann::json& payload) {
  RLR_ENSURE(!closed_, "{} is closed", directory_.string());
  if (failed_)
    throw DiskError(
        "{}: required to write the run log, found that an earlier write of it failed; run again "
        "with --resume",
        directory_.string());
  const std::string frame = encode_frame(kind, seq_ + 1, payload_text(payload));
  failed_ = true;  // until all went well: what a failed file holds is unknown
  if (due()) publish_locked();
  if (!file_) open_fragment();
  file_->write(frame);
  failed_ = false;
  return ++seq_;
}

void Writer::publish() {
  const std::lock_guard lock(mutex_);
  if (!failed_ && !closed_) publish_locked();
}

void Writer::close(const nlohmann::json& bye) {
  const std::lock_guard lock(mutex_);
  append_locked(Kind::bye, bye);
  publish_locked();
  closed_ = true;
}

bool Writer::due() const {
  if (!file_) return false;
  const auto age = std::chrono::steady_clock::now() - opened_;
  return file_->bytes() >= limits_.fragment_bytes || age >= limits_.fragment_age;
}

void Writer::publish_locked() {
  if (!file_) return;
  failed_ = true;
  file_->close();
  process::rename(file_->file(), directory_ / fragment_name(fragment_, /*open=*/false));
  process::sync_directory(directory_);
  file_.reset();
  failed_ = false;
  ++fragment_;
}

void Writer::open_fragment() {
  file_ = process::OutputFile::create(directory_ / fragment_name(fragment_, /*open=*/true));
  opened_ = std::chrono::steady_clock::now();
}

std::string next_attempt_uid(const fs::path& run_dir) {
  uint64_t highest = 0;
  for (const auto& uid : attempts(run_dir)) highest = std::max(highest, attempt_number(uid));
  return fmt::format("{:04d}-{}", highest + 1, process::nonce().substr(0, 12));
}

}  // namespace rlreason::runlog
