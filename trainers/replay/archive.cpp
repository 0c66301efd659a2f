#include "trainers/replay/archive.h"

#include "core/digest.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/process/publish.h"
#include "trainers/replay/segment.h"

namespace rlreason::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "segment-";
constexpr int64_t kLargestSegment = int64_t{1} << 36;
constexpr int64_t kWasteFactor =
    4;  // segments are written anew when they hold so many times what lives
constexpr int64_t kLeastEntries = 256;  // and at least this many entries

nlohmann::json parsed(const fs::path& file) {
  const nlohmann::json index = nlohmann::json::parse(process::read_file(file), nullptr, false);
  if (index.is_discarded())
    throw DataError("{}: required JSON, something else came; the checkpoint is damaged",
                    file.string());
  return index;
}

}  // namespace

ReplayArchive::ReplayArchive(const fs::path& run_dir) : folder_(run_dir / "replay") {}

std::vector<ReplayArchive::Written> ReplayArchive::segments_of(const nlohmann::json& index) {
  std::vector<Written> segments;
  for (const nlohmann::json& own : index.at("segments")) {
    segments.push_back({.file = own.at("file"),
                        .sha256 = own.at("sha256"),
                        .first = own.at("first"),
                        .last = own.at("last"),
                        .entries = own.at("entries")});
    // Our own names only, whatever a damaged index says.
    if (fs::path(segments.back().file).filename() != segments.back().file ||
        !segments.back().file.starts_with(kPrefix))
      throw DataError(
          "replay index: required the name of a segment, '{}' came; the checkpoint is "
          "damaged",
          segments.back().file);
  }
  return segments;
}

std::string ReplayArchive::checked_bytes(const Written& segment) const {
  const fs::path file = folder_ / segment.file;
  std::string bytes = process::read_file(file, kLargestSegment);
  if (sha256(bytes) != segment.sha256)
    throw DataError("{}: required the SHA-256 {}, the file has another; it is damaged",
                    file.string(), segment.sha256);
  return bytes;
}

void ReplayArchive::write(const ReplayStore& store, int64_t from) {
  Segment segment;
  for (auto own = store.entries().lower_bound(from); own != store.entries().end(); ++own) {
    segment.entries.push_back(own->second);
    segment.prompts.try_emplace(own->second.prompt, store.prompt(own->second.prompt));
  }
  if (segment.entries.empty()) return;
  const std::string bytes = encode_segment(segment);
  const std::string digest = sha256(bytes);
  const std::string name =
      fmt::format("{}{:010}-{}", kPrefix, segment.entries.front().id, digest.substr(0, 16));
  process::write_file_atomic(folder_ / name, bytes);
  segments_.push_back({.file = name,
                       .sha256 = digest,
                       .first = segment.entries.front().id,
                       .last = segment.entries.back().id,
                       .entries = static_cast<int64_t>(segment.entries.size())});
}

void ReplayArchive::drop_empty(const ReplayStore& store) {
  std::erase_if(segments_, [&](const Written& own) {
    const auto next = store.entries().lower_bound(own.first);
    return next == store.entries().end() || next->first > own.last;
  });
}

nlohmann::json ReplayArchive::save(const ReplayStore& store) {
  process::make_directories(folder_);
  process::clean_leftovers(folder_);
  drop_empty(store);
  int64_t written = 0;
  for (const Written& own : segments_) written += own.entries;
  const auto live = static_cast<int64_t>(store.entries().size());
  if (written > kLeastEntries && written > kWasteFactor * live) segments_.clear();
  write(store, segments_.empty() ? 0 : segments_.back().last + 1);
  nlohmann::json index = store.state();
  index["segments"] = nlohmann::json::array();
  for (const Written& own : segments_)
    index["segments"].push_back({{"file", own.file},
                                 {"sha256", own.sha256},
                                 {"first", own.first},
                                 {"last", own.last},
                                 {"entries", own.entries}});
  return index;
}

void ReplayArchive::load(const nlohmann::json& index, ReplayStore& store,
                         const std::string& where) {
  try {
    const std::vector<Written> segments = segments_of(index);
    std::map<int64_t, Experience> entries;
    std::map<std::string, ReplayPrompt> prompts;
    for (const Written& written : segments) {
      Segment segment = decode_segment(checked_bytes(written), (folder_ / written.file).string());
      prompts.merge(segment.prompts);
      for (Experience& own : segment.entries) entries.insert_or_assign(own.id, std::move(own));
    }
    store.restore(index, std::move(entries), prompts, where);
    segments_ = segments;
  } catch (const nlohmann::json::exception& error) {
    throw DataError("{}: required a replay index, {}; the checkpoint is damaged", where,
                    error.what());
  }
}

std::optional<std::string> ReplayArchive::problem_of(const fs::path& checkpoint) const {
  try {
    if (!fs::exists(checkpoint / kIndexFile)) return std::nullopt;
    for (const Written& own : segments_of(parsed(checkpoint / kIndexFile).at("replay")))
      checked_bytes(own);
    return std::nullopt;
  } catch (const DataError& error) {
    return error.what();
  } catch (const nlohmann::json::exception& error) {
    return fmt::format("{}: {}", (checkpoint / kIndexFile).string(), error.what());
  }
}

void ReplayArchive::remove_unreferenced(const std::vector<fs::path>& checkpoints) const {
  std::set<std::string> kept;
  for (const fs::path& checkpoint : checkpoints) {
    if (!fs::exists(checkpoint / kIndexFile)) continue;
    try {
      for (const Written& own : segments_of(parsed(checkpoint / kIndexFile).at("replay")))
        kept.insert(own.file);
    } catch (const DataError&) {
      continue;  // a damaged checkpoint, which no resume will use
    } catch (const nlohmann::json::exception&) {
      continue;
    }
  }
  std::vector<fs::path> unused;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder_, absent))
    if (const std::string name = entry.path().filename();
        name.starts_with(kPrefix) && !process::is_temporary_name(name) && !kept.contains(name))
      unused.push_back(entry.path());
  for (const fs::path& file : unused) process::remove_file(file);
}

}  // namespace rlreason::train
