#include "sweeps/compare/published.h"

#include <fmt/core.h>

#include <cmath>

#include "core/config/parse.h"
#include "core/digest.h"
#include "core/embedded.h"
#include "core/error.h"

namespace rlreason::sweep {
namespace {

constexpr const char* kFolder = "sweeps/published/";

void check(const PublishedFile& file, const std::string& origin) {
  for (const PublishedTable& table : file.tables) {
    if (table.k.size() != table.benchmarks.size())
      throw UserError("{}: tables.{}: required one k a benchmark ({}), {} came", origin, table.name,
                      table.benchmarks.size(), table.k.size());
    for (const PublishedSystem& row : table.rows) {
      if (row.values.size() != table.benchmarks.size())
        throw UserError("{}: tables.{}: {}: required one value a benchmark ({}), {} came", origin,
                        table.name, row.system, table.benchmarks.size(), row.values.size());
      for (const auto& value : row.values)
        if (value && !(*value >= 0 && *value <= 100))
          throw UserError("{}: tables.{}: {}: required points from 0 to 100, {} came", origin,
                          table.name, row.system, *value);
    }
  }
}

nlohmann::json protocol_json(const PublishedProtocol& protocol) {
  nlohmann::json json = nlohmann::json::object();
  const auto put = [&](const char* name, const auto& value) {
    json[name] = value ? nlohmann::json(*value) : nlohmann::json();
  };
  put("temperature", protocol.temperature);
  put("top_p", protocol.top_p);
  put("max_tokens", protocol.max_tokens);
  put("grader", protocol.grader);
  put("template", protocol.prompt_template);
  return json;
}

}  // namespace

PublishedFile parse_published(std::string_view yaml, const std::string& origin) {
  auto file = config::parse<PublishedFile>(config::parse_yaml(yaml, origin));
  file.digest = sha256(yaml);
  check(file, origin);
  return file;
}

PublishedFile load_published(const std::string& name_or_file) {
  const NamedText text = named_text(name_or_file, kFolder, "published table");
  PublishedFile file = parse_published(text.text, text.origin);
  file.name = text.name;
  return file;
}

std::vector<std::string> published_names() { return embedded_names(kFolder); }

std::vector<store::PublishedRow> to_rows(const PublishedFile& file) {
  std::vector<store::PublishedRow> rows;
  for (const PublishedTable& table : file.tables)
    for (const PublishedSystem& system : table.rows)
      for (size_t b = 0; b < table.benchmarks.size(); ++b) {
        store::PublishedRow row;
        row.source = file.source;
        row.source_version = table.source_version.value_or(file.source_version.value_or(""));
        row.locator = table.locator;
        row.system = system.system;
        row.base_model = table.base_model;
        row.benchmark = table.benchmarks[b];
        row.metric = table.metric;
        row.k = table.k[b].value_or(0);
        row.value = system.values[b];
        row.uncertainty = system.uncertainty;
        row.uncertainty_kind = system.uncertainty_kind.value_or("");
        row.n_seeds = system.n_seeds;
        row.protocol = protocol_json(table.protocol);
        row.file_digest = file.digest;
        row.checked_by = file.checked_by.value_or("");
        rows.push_back(std::move(row));
      }
  return rows;
}

}  // namespace rlreason::sweep
