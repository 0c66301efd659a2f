#include "datasets/dataset.h"

#include <algorithm>

#include "core/error.h"
#include "core/process/publish.h"
#include "datasets/readers/jsonl.h"

namespace rlreason::data {

Dataset Dataset::load(const std::filesystem::path& folder) {
  std::error_code failure;
  if (!std::filesystem::is_directory(folder, failure))
    throw DataError(
        "{}: required a prepared dataset folder, found none; run rlreason prepare-data --out {}",
        folder.string(), folder.string());
  const process::Manifest manifest = process::read_manifest(folder);
  if (const auto problem = process::verify_directory(folder))
    throw DataError("{}: required an undamaged dataset, {}; prepare it again", folder.string(),
                    *problem);
  const auto file = std::find_if(manifest.files.begin(), manifest.files.end(),
                                 [](const auto& each) { return each.name == kDataFile; });
  if (file == manifest.files.end())
    throw DataError("{}: required {} in the manifest, found none; this is no dataset folder",
                    folder.string(), kDataFile);
  Dataset dataset;
  dataset.digest = file->sha256;
  dataset.manifest = manifest.facts;
  dataset.name = manifest.facts.is_object() && manifest.facts.contains("name") &&
                         manifest.facts["name"].is_string()
                     ? manifest.facts["name"].get<std::string>()
                     : folder.filename().string();
  JsonlReader reader(folder / kDataFile);
  for (nlohmann::json object; reader.next(object);)
    dataset.prompts.push_back(prompt_from_json(object, reader.where()));
  if (dataset.prompts.empty())
    throw DataError("{}: required at least one row, an empty dataset came; prepare it again",
                    folder.string());
  return dataset;
}

}  // namespace rlreason::data
