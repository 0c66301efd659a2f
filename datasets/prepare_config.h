// What a dataset is prepared from and how: declared once for the command line, recipes, identity and the manifest.
//
// Not here: what the sources do with it (datasets/sources), the checks across fields (datasets/prepare.h).
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "core/config/node.h"
#include "datasets/generated.h"

namespace rlreason::data {

enum class DemonstrationPolicy { drop, keep, error };

struct PrepareConfig {
  std::string source = "ledger";
  std::string name{};
  std::vector<std::string> from{};
  int64_t rows = 64;
  uint64_t seed = 0;
  std::string stream{};
  config::Node settings{};
  std::vector<GeneratedBlock> exclude{};
  std::map<std::string, std::string> map{};
  std::string prompt_template{};
  std::string verifier{};
  std::string split{};
  std::string licence{};
  int64_t limit = 0;
  bool keep_calculations = false;
  int64_t max_demonstration_bytes = 1 << 16;
  DemonstrationPolicy demonstrations = DemonstrationPolicy::drop;
  std::vector<std::string> against{};
  std::vector<GeneratedBlock> against_blocks{};
  int64_t overlap_words = 13, overlap_short_words = 8;

  static constexpr auto fields() {
    using config::field, config::at_least, config::in, config::one_of;
    using C = PrepareConfig;
    return std::tuple{
        field(&C::source, "source", "a task's name, or where rows come from: gsm8k, jsonl, parquet, mixture, samples"),
        field(&C::name, "name", "name of the dataset; empty: the source and its split"),
        field(&C::from, "from", "source files: JSON lines, a JSON array, a zip archive of one (or archive.zip/member), Parquet"),
        field(&C::rows, "rows", "rows to generate (tasks)", in(1, 10'000'000)),
        field(&C::seed, "seed", "random seed (tasks)"),
        field(&C::stream, "stream", "name of the stream of random numbers (tasks); empty: the dataset's name"),
        field(&C::settings, "settings", "settings of the task, the mixture or the samples"),
        field(&C::exclude, "exclude", "generated prompts that must not occur here: they are drawn again (tasks)"),
        field(&C::map, "map", "field of a row: dotted path in the source's JSON"),
        field(&C::prompt_template, "prompt_template", "prompt around the source's {text} and {system} message, or user, system_user, chatml; empty: system_user"),
        field(&C::verifier, "verifier", "who judges responses; empty: the source's own"),
        field(&C::split, "split", "split written into every row"),
        field(&C::licence, "licence", "licence of the source; empty: what is known of the source"),
        field(&C::limit, "limit", "read at most this many rows; 0: all", at_least(0)),
        field(&C::keep_calculations, "keep_calculations", "keep the <<...>> marks of GSM8K solutions"),
        field(&C::max_demonstration_bytes, "max_demonstration_bytes", "a longer demonstration is too long", in(1, 1 << 24)),
        field(&C::demonstrations, "demonstrations", "what happens to a wrong or too long demonstration", one_of({"drop", "keep", "error"})),
        field(&C::against, "against", "datasets or source files to report overlap with"),
        field(&C::against_blocks, "against_blocks", "generated prompts to report overlap with"),
        field(&C::overlap_words, "overlap_words", "words in a row that count as overlap", in(4, 1000)),
        field(&C::overlap_short_words, "overlap_short_words", "the same for prompts of fewer than twice as many words", in(4, 1000))};
  }
};

// The prompt around a source's text: prompt_template, or one of its names, with {text} and {system} filled in.  Without a template
// a system's message stands before the text with an empty line between.
std::string rendered(const PrepareConfig& config, const std::string& text, const std::string& system = "");
void check_template(const std::string& prompt_template);  // UserError

// The digest of a source file, of the archive that holds it, of a prepared dataset's rows, or of what a run
// recorded: what identity depends on.
std::string source_digest(const std::string& path);

}  // namespace rlreason::data
