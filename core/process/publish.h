// A directory that appears complete or not at all: checkpoints, datasets, artifacts.
//
// publish_directory(final): final.tmp.<nonce> -> fill() writes files by OutputFile (each synced by
// its close()) -> manifest.json last (names, sizes, SHA-256, facts) -> fsync of the directories ->
// rename without replacement -> fsync of the parent. A kill at any moment leaves the old state or
// the new one, plus at most a leftover temporary for clean_leftovers(). The manifest protects
// against damage, not against forgery.  Files that it does not list are ignored. Errors: DiskError
// from the seam; RefusedError when the final name is taken; what fill() throws (the temporary is
// removed). Thread safety: functions without state; several processes may publish and clean in one
// parent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace rlreason::process {

struct ManifestFile {
  std::string name;  // relative, '/'-separated
  int64_t bytes = 0;
  std::string sha256;
};

struct Manifest {
  std::string digest;  // SHA-256 over files and facts: the identity of the directory's content
  std::vector<ManifestFile> files;  // by name
  nlohmann::json facts;             // what the publisher adds: lineage, counts, licence
  int64_t bytes() const;            // sum over the files
};

using Fill = std::function<void(const std::filesystem::path& temporary)>;

// `facts` is read after fill() returned, so fill() may complete it by reference.
Manifest publish_directory(const std::filesystem::path& final_path, const Fill& fill,
                           const nlohmann::json& facts = nlohmann::json::object());

Manifest read_manifest(
    const std::filesystem::path& directory);  // DataError: missing, malformed, damaged

// Re-reads every file.  The first problem as a sentence that names the file; nothing when all is as
// published.
std::optional<std::string> verify_directory(const std::filesystem::path& directory);

void remove_directory(
    const std::filesystem::path& directory);  // renamed aside, then deleted; fine when absent

// Removes what killed processes left in `parent` (*.tmp.<nonce>); what a living publisher works on
// stays.  Returns how many.
int clean_leftovers(const std::filesystem::path& parent);

}  // namespace rlreason::process
