#include "datasets/generated.h"
#include "datasets/sources/readers.h"

namespace rlreason::data {

nlohmann::json read_task(const PrepareConfig& config, const std::string& name,
                         const RowVisitor& visit) {
  const auto stream = find_task(config.source).stream(config.settings);
  const PromptSet excluded = prompts_of(config.exclude);
  const std::string key = config.stream.empty() ? name : config.stream;
  int64_t redrawn = 0;
  for (int64_t i = 0; i < config.rows; ++i) {
    Drawn drawn = generate_outside(*stream, key, config.seed, static_cast<uint64_t>(i), excluded);
    redrawn += drawn.redrawn;
    if (!visit({.prompt = std::move(drawn.prompt), .problem = {}, .file = {}, .line = i + 1}))
      break;
  }
  return {{"redrawn", redrawn}};
}

}  // namespace rlreason::data
