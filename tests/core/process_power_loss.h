// A power loss as the worst that POSIX allows: unsynced bytes are gone, and so is every new or changed name whose directory
// was not synced since.  Deletions are taken as durable.
// Used in a forked child: install as the observer; dying() makes the disk look as after the loss.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <optional>

#include "tests/core/process_support.h"

namespace rlreason::test {

class PowerLoss : public process::IoObserver {
 public:
  void created(const fs::path& path) override {
    pending_.push_back({.path = path});
    if (fs::is_regular_file(path)) files_[path.string()] = {::open(path.c_str(), O_RDWR), 0};
  }
  void synced(const fs::path& file) override {
    struct stat info {};
    auto& known = files_[file.string()];
    ::fstat(known.fd, &info);
    known.synced_bytes = info.st_size;
  }
  void directory_synced(const fs::path& directory) override {
    std::vector<Change> kept;
    for (Change& change : pending_) {
      if (change.path.parent_path() != directory) {
        kept.push_back(change);
      } else if (
          change
              .from) {  // a name that is durable now: what happened before keeps its files under it
        for (Change& earlier : kept) move_prefix(earlier.path, *change.from, change.path);
      }
    }
    pending_ = kept;
  }
  void renaming(const fs::path& from, const fs::path& to) override {
    std::optional<std::string> replaced;
    if (fs::is_regular_file(to)) replaced = process::read_file(to);
    pending_.push_back({.path = to, .from = from, .replaced = replaced});
  }
  void dying() override {
    for (const auto& [name, file] : files_)
      if (::ftruncate(file.fd, file.synced_bytes) != 0) continue;  // deleted meanwhile
    for (auto change = pending_.rbegin(); change != pending_.rend(); ++change) undo(*change);
  }

 private:
  struct Change {
    fs::path path;
    std::optional<fs::path> from = {};         // a rename
    std::optional<std::string> replaced = {};  // what it put out of the way
  };
  struct File {
    int fd = -1;
    off_t synced_bytes = 0;
  };

  static void move_prefix(fs::path& path, const fs::path& from, const fs::path& to) {
    const std::string text = path.string(), prefix = from.string() + "/";
    if (text.starts_with(prefix)) path = to / text.substr(prefix.size());
  }
  static void undo(const Change& change) {
    std::error_code gone;  // may never have happened, or be deleted already
    if (!change.from) {
      fs::remove_all(change.path, gone);
      return;
    }
    if (fs::exists(*change.from)) return;  // killed before the rename itself
    fs::rename(change.path, *change.from, gone);
    if (!change.replaced) return;
    const int fd = ::open(change.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    EXPECT_EQ(::write(fd, change.replaced->data(), change.replaced->size()),
              static_cast<ssize_t>(change.replaced->size()));
    ::close(fd);
  }

  std::vector<Change> pending_;
  std::map<std::string, File> files_;
};

// Like run_forked(), but whatever was not synced is lost: at the kill, and after a `work` that came to its end.
inline int run_until_power_loss(int64_t kill_at, const std::function<void()>& work) {
  return run_forked({.kill_at = kill_at}, [&] {
    PowerLoss loss;
    process::observe_io(&loss);
    work();
    loss.dying();
  });
}

}  // namespace rlreason::test
