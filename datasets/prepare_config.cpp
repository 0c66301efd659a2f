#include "datasets/prepare_config.h"

#include <filesystem>
#include <map>

#include "core/digest.h"
#include "core/error.h"
#include "core/process/publish.h"
#include "datasets/dataset.h"
#include "datasets/readers/records.h"

namespace rlreason::data {
namespace {

constexpr std::string_view kText = "{text}", kSystem = "{system}";

// The last one is ChatML as Qwen's models are trained on it.
const std::map<std::string, std::string, std::less<>>& named_templates() {
  static const std::map<std::string, std::string, std::less<>> templates = {
      {"user", "{text}"},
      {"system_user", "{system}\n\n{text}"},
      {"chatml",
       "<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{text}<|im_end|>\n<|im_start|>"
       "assistant\n"}};
  return templates;
}

// What a run recorded: its log and its artifacts, by name and content.
std::string run_digest(const std::filesystem::path& run) {
  std::map<std::string, std::string> files;
  for (const char* part : {"artifacts", "log"}) {
    std::error_code failure;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(run / part, failure))
      if (entry.is_regular_file())
        files[entry.path().lexically_relative(run).string()] = sha256_file(entry.path());
  }
  if (files.empty())
    throw DataError("{}: required a dataset's or a run's folder, another came; check the path",
                    run.string());
  std::string lines;
  for (const auto& [name, digest] : files) lines += name + " " + digest + "\n";
  return sha256(lines);
}

}  // namespace

void check_template(const std::string& prompt_template) {
  if (!prompt_template.empty() && !named_templates().contains(prompt_template) &&
      prompt_template.find(kText) == std::string::npos)
    throw UserError(
        "prompt_template: required {{text}} in it or one of user, system_user, chatml, '{}' came; "
        "write where the source's text goes",
        prompt_template);
}

std::string rendered(const PrepareConfig& config, const std::string& text,
                     const std::string& system) {
  if (text.empty()) return "";
  if (config.prompt_template.empty() && system.empty()) return text;
  const auto named = named_templates().find(
      config.prompt_template.empty() ? "system_user" : config.prompt_template);
  const std::string_view pattern =
      named == named_templates().end() ? config.prompt_template : named->second;
  std::string out;
  for (size_t begin = 0; begin < pattern.size();) {
    const std::string_view rest = pattern.substr(begin);
    if (rest.starts_with(kText)) {
      out += text;
      begin += kText.size();
    } else if (rest.starts_with(kSystem)) {
      out += system;
      begin += kSystem.size();
    } else {
      out += pattern[begin++];
    }
  }
  return out;
}

std::string source_digest(const std::string& path) {
  std::error_code failure;
  if (!std::filesystem::is_directory(path, failure)) return sha256_file(container_of(path));
  if (!std::filesystem::exists(std::filesystem::path(path) / kManifestFile, failure))
    return run_digest(path);
  for (const process::ManifestFile& file : process::read_manifest(path).files)
    if (file.name == kDataFile) return file.sha256;
  throw DataError("{}: required a prepared dataset, its manifest names no {}; prepare it again",
                  path, kDataFile);
}

}  // namespace rlreason::data
