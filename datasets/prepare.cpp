#include "datasets/prepare.h"

#include "core/config/parse.h"
#include "core/error.h"
#include "core/process/publish.h"
#include "datasets/dataset.h"
#include "datasets/preparation.h"
#include "datasets/readers/records.h"
#include "datasets/sources/source.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

void check(const PrepareConfig& config) {
  check_source(config);
  check_map(config.map);
  if (!config.verifier.empty()) find_verifier(config.verifier);
  check_template(config.prompt_template);
}

json settings_json(const PrepareConfig& config) {
  json settings = config::to_json(config);
  for (const char* key : {"from", "against"})
    for (json& path : settings[key])
      path = std::filesystem::path(path.get<std::string>()).filename().string();
  if (is_task(find_source(config.source)))
    settings["settings"] = find_task(config.source).stream(config.settings)->settings();
  return settings;
}

json counts_of(const PreparedSummary& summary) {
  return {{"read", summary.read},
          {"rows", summary.rows},
          {"rejected", summary.rejected},
          {"redrawn", summary.redrawn},
          {"repeated", summary.repeated},
          {"overlapping", summary.overlapping},
          {"demonstrations", summary.demonstrations},
          {"demonstrations_wrong", summary.demonstrations_wrong},
          {"demonstrations_unscored", summary.demonstrations_unscored},
          {"demonstrations_too_long", summary.demonstrations_too_long}};
}

json source_json(const std::string& path) {
  json source = {{"file", std::filesystem::path(path).filename().string()},
                 {"sha256", source_digest(path)}};
  if (const auto file = container_of(path); std::filesystem::is_regular_file(file))
    source["bytes"] = std::filesystem::file_size(file);
  return source;
}

json facts_of(const PrepareConfig& config, const PreparedSummary& summary,
              const Preparation& preparation, const json& found) {
  json sources = json::array();
  for (const std::string& file : config.from) sources.push_back(source_json(file));
  const std::string licence =
      config.licence.empty() ? std::string(find_source(config.source).licence) : config.licence;
  json facts = {{"kind", "dataset"},
                {"format_version", 1},
                {"name", summary.name},
                {"source", config.source},
                {"split", config.split},
                {"sources", sources},
                {"licence", licence},
                {"verifiers", preparation.verifiers()},
                {"settings", settings_json(config)},
                {"overlap", preparation.overlap()},
                {"counts", counts_of(summary)}};
  for (const auto& [key, value] : found.items())
    if (key != "redrawn") facts[key] = value;
  return facts;
}

std::string name_of(const PrepareConfig& config) {
  if (!config.name.empty()) return config.name;
  return config.split.empty() ? config.source : config.source + "-" + config.split;
}

}  // namespace

PreparedSummary prepare(const PrepareConfig& config, const std::filesystem::path& folder,
                        const PrepareProgress& progress) {
  check(config);
  PreparedSummary summary;
  summary.name = name_of(config);
  json facts = json::object();
  const auto fill = [&](const std::filesystem::path& temporary) {
    Preparation preparation(config, summary, temporary, progress);
    const json found = find_source(config.source).read(config, summary.name, [&](SourceRow row) {
      return preparation.add(std::move(row));
    });
    preparation.finish();
    summary.redrawn = found.value("redrawn", int64_t{0});
    facts = facts_of(config, summary, preparation, found);
  };
  const process::Manifest manifest = process::publish_directory(folder, fill, facts);
  for (const process::ManifestFile& file : manifest.files)
    if (file.name == kDataFile) summary.digest = file.sha256;
  summary.manifest = manifest.facts;
  return summary;
}

}  // namespace rlreason::data
