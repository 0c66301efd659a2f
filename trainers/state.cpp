#include "trainers/state.h"

#include <algorithm>
#include <charconv>

#include "core/config/parse.h"
#include "core/engine/checkpoint/arena_files.h"
#include "core/error.h"
#include "core/process/io.h"

namespace rlreason::train {
namespace {

constexpr const char* kPrefix = "step-";

// "step-00000040" -> 40.
std::optional<int64_t> iteration_in(const std::string& name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  int64_t iteration = 0;
  const char* const begin = name.data() + std::char_traits<char>::length(kPrefix);
  const auto parsed = std::from_chars(begin, name.data() + name.size(), iteration);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) return std::nullopt;
  return iteration;
}

void copy_weights(const engine::Policy& from, engine::Policy& to) {
  for (const engine::ParameterSpec& spec : to.arena().specs())
    to.arena().weight(spec.name).copy_(from.arena().weight(spec.name));
  to.arena().bump_version();
}

nlohmann::json read_state(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "state.json";
  const nlohmann::json state = nlohmann::json::parse(process::read_file(file), nullptr, false);
  if (state.is_discarded())
    throw DataError("{}: required JSON, something else came; the checkpoint is damaged",
                    file.string());
  return state;
}

// What result.json names as the run's model; nothing where it names none.  A run directory is input like any other: the
// name has to be one of the run's own checkpoints.
std::optional<std::filesystem::path> named_model(const std::filesystem::path& run) {
  const std::filesystem::path file = run / "result.json";
  if (!std::filesystem::exists(file)) return std::nullopt;
  const nlohmann::json result = nlohmann::json::parse(process::read_file(file), nullptr, false);
  if (!result.is_object() || !result.contains("checkpoint")) return std::nullopt;
  const std::string name = result["checkpoint"].is_string()
                               ? result["checkpoint"].get<std::string>()
                               : result["checkpoint"].dump();
  if (const auto iteration = iteration_in(std::filesystem::path(name).filename().string());
      !iteration || name != checkpoint_name(*iteration))
    throw DataError("{}: checkpoint: required a name like {}, '{}' came; the file was changed",
                    file.string(), checkpoint_name(40), name);
  if (const auto problem = process::verify_directory(run / name))
    throw DataError(
        "{}: required the checkpoint that {} names as the run's model, it is damaged ({}); name "
        "another checkpoint of the run, or train it again",
        (run / name).string(), file.string(), *problem);
  return run / name;
}

}  // namespace

Curves curves_of(const Watched& watched) {
  Curves curves;
  for (const auto& [metric, values] : watched.values) {
    const std::vector<int64_t>& iterations = watched.iterations.at(metric);
    RLR_ENSURE(iterations.size() == values.size(), "{} of a checkpoint's state", metric);
    for (size_t i = 0; i < values.size(); ++i) curves[metric].push_back({iterations[i], values[i]});
  }
  return curves;
}

std::string checkpoint_name(int64_t iteration) {
  return fmt::format("checkpoints/{}{:08}", kPrefix, iteration);
}

CheckpointStore::CheckpointStore(std::filesystem::path run_dir, int64_t keep)
    : folder_(std::move(run_dir) / "checkpoints"), keep_(keep) {
  process::make_directories(folder_);
  process::clean_leftovers(folder_);
}

process::Manifest CheckpointStore::save(const TrainState& state, const engine::Policy& policy,
                                        const engine::AdamW& optimizer,
                                        const tokenizer::Tokenizer& tokenizer,
                                        const nlohmann::json& lineage, const process::Fill& more) {
  const std::filesystem::path final_path = folder_.parent_path() / checkpoint_name(state.iteration);
  // A folder of this iteration can only be one that did not verify, or a resume from an older one: it makes room.
  process::remove_directory(final_path);
  process::Manifest manifest = process::publish_directory(
      final_path,
      [&](const std::filesystem::path& temporary) {
        engine::save_policy(policy, temporary, tokenizer.eos_id(), tokenizer.pad_id());
        tokenizer.save(temporary);
        engine::write_safetensors(temporary / "optimizer.safetensors",
                                  engine::named_moments(policy.arena(), optimizer));
        process::write_file_atomic(temporary / "state.json", config::to_json(state).dump(2) + "\n");
        if (more) more(temporary);
      },
      lineage);
  rotate(state.iteration, state.best_iteration);
  return manifest;
}

std::vector<SavedCheckpoint> CheckpointStore::list() const {
  std::vector<SavedCheckpoint> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error))
    if (const auto iteration = iteration_in(entry.path().filename().string()))
      found.push_back({entry.path(), *iteration});
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.iteration > b.iteration; });
  return found;
}

std::optional<SavedCheckpoint> CheckpointStore::newest_valid(std::vector<std::string>& problems,
                                                             const Objection& also) const {
  for (const SavedCheckpoint& saved : list()) {
    auto problem = process::verify_directory(saved.folder);
    if (!problem && also) problem = also(saved.folder);
    if (!problem) return saved;
    problems.push_back(fmt::format("{}: {}", saved.folder.string(), *problem));
  }
  return std::nullopt;
}

void CheckpointStore::rotate(int64_t newest, int64_t best) {
  // Deletes only after the new one is re-read and verified, and never one newer than it by mistake.
  const auto saved = list();
  const auto just_written = std::find_if(saved.begin(), saved.end(),
                                         [&](const auto& own) { return own.iteration == newest; });
  if (just_written == saved.end() || process::verify_directory(just_written->folder)) return;
  int64_t kept = 0;
  for (const SavedCheckpoint& own : saved) {
    if (own.iteration > newest) {
      process::remove_directory(
          own.folder);  // of a superseded attempt: resume went back past it because it did not verify
      continue;
    }
    if (kept < keep_) {
      ++kept;
    } else if (own.iteration != best) {
      process::remove_directory(own.folder);
    }
  }
}

void load_checkpoint(const std::filesystem::path& folder, TrainState& state, engine::Policy& policy,
                     engine::AdamW& optimizer) {
  state = config::parse<TrainState>(
      config::from_json(read_state(folder), config::Origin((folder / "state.json").string())));
  copy_weights(engine::load_policy(folder, policy.arena().dtype()), policy);
  engine::load_moments(folder / "optimizer.safetensors", policy.arena(), state.optimizer_steps,
                       optimizer);
}

std::filesystem::path model_folder(const std::filesystem::path& run_or_checkpoint) {
  if (std::filesystem::exists(run_or_checkpoint / "config.json")) return run_or_checkpoint;
  if (std::filesystem::exists(run_or_checkpoint / "checkpoints")) {
    if (const auto named = named_model(run_or_checkpoint)) return *named;
    std::vector<std::string> problems;
    if (const auto saved = CheckpointStore(run_or_checkpoint, 2).newest_valid(problems))
      return saved->folder;
  }
  throw DataError(
      "{}: required a checkpoint folder (config.json) or a run directory with checkpoints, found "
      "neither",
      run_or_checkpoint.string());
}

}  // namespace rlreason::train
