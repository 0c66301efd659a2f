#include "datasets/tasks/ledger.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/config/parse.h"
#include "core/error.h"
#include "core/tokenizer/tokenizer.h"
#include "datasets/tasks/register.h"

namespace rlreason::data {
namespace {

constexpr int64_t kModulus = 31, kOperands = 9, kLabels = 16;
constexpr char kFormats[] = {'P', 'Q', 'R', 'V'};

std::string label(int64_t index) { return {static_cast<char>('a' + index)}; }

struct Operation {
  std::string label, text;
  int64_t value = 0;  // after it
};

struct Draw {
  char format = 'P';
  bool verbose = false;
  int64_t operations = 1, first_label = 0;
};

char draw_format(const LedgerFormats& weights, Sequence& random) {
  const std::array<double, 4> each{weights.P, weights.Q, weights.R, weights.V};
  const double sum = each[0] + each[1] + each[2] + each[3];
  double left = random.uniform() * sum;
  size_t last = 0;
  for (size_t i = 0; i < each.size(); ++i) {
    if (each[i] <= 0) continue;
    last = i;
    if (left < each[i]) break;
    left -= each[i];
  }
  return kFormats[last];
}

int64_t draw_length(const LedgerLengths& lengths, Sequence& random) {
  const bool is_long = random.uniform() < lengths.long_probability;
  return is_long ? random.between(lengths.long_low, lengths.long_high)
                 : random.between(lengths.low, lengths.high);
}

// The order of the draws is part of the task: every example takes the same ones, so golden bytes hold.
Draw draw_shape(const LedgerConfig& config, Sequence& random) {
  Draw draw;
  draw.format = draw_format(config.formats, random);
  const bool rare = random.uniform() < config.verbose_probability;
  draw.verbose = config.style == LedgerStyle::verbose ||
                 (config.style == LedgerStyle::automatic &&
                  (draw.format == 'V' || (draw.format == 'P' && rare)));
  draw.operations = draw_length(draw.verbose ? config.verbose : config.terse, random);
  const bool moved = random.uniform() < config.random_start;
  const int64_t first = random.between(0, config.start_high);
  draw.first_label = moved ? std::min(first, kLabels - draw.operations) : 0;
  return draw;
}

std::string prompt_text(char format, int64_t start, const std::vector<Operation>& listed) {
  std::string body;
  for (const Operation& operation : listed)
    body += format == 'R' ? fmt::format("{} {} ", operation.text, operation.label)
                          : fmt::format("{} {} ", operation.label, operation.text);
  return format == 'Q' ? fmt::format("Q {}{} ?", body, start)
                       : fmt::format("{} {} {}?", format, start, body);
}

std::string response_text(bool verbose, const std::vector<Operation>& operations) {
  std::string text;
  for (const Operation& operation : operations) {
    if (verbose) text += fmt::format("{} {} ", operation.label, operation.text);
    text += fmt::format("{} ", operation.value);
  }
  return text + fmt::format("# {}", operations.back().value);
}

class LedgerStream : public Task::Stream {
 public:
  explicit LedgerStream(LedgerConfig config) : config_(std::move(config)) {}

  Prompt generate(Sequence& random) const override {
    const Draw draw = draw_shape(config_, random);
    const int64_t start = random.between(0, kModulus - 1);
    int64_t value = start;
    std::vector<Operation> operations;
    for (int64_t i = 0; i < draw.operations; ++i) {
      const int64_t pick = random.between(0, 2 * kOperands - 1);
      const bool plus = pick < kOperands;
      const int64_t operand = pick % kOperands + 1;
      value = (value + (plus ? operand : kModulus - operand)) % kModulus;
      operations.push_back(
          {label(draw.first_label + i), fmt::format("{}{}", plus ? '+' : '-', operand), value});
    }
    std::vector<Operation> listed = operations;
    if (config_.shuffle) random.shuffle(listed);
    Prompt prompt;
    prompt.text = prompt_text(draw.format, start, listed);
    if (config_.hints) prompt.hints.push_back(prompt_text('V', start, listed));
    prompt.gold = std::to_string(value);
    prompt.verifier = "marked";
    prompt.category = fmt::format("{}{}", draw.format, draw.operations);
    const Verdict verdict = {.outcome = Outcome::right, .rule = "marked", .answer = prompt.gold};
    prompt.demonstrations.push_back({.text = response_text(draw.verbose, operations),
                                     .teacher = "ledger",
                                     .style = draw.verbose ? "verbose" : "terse",
                                     .verdict = verdict});
    return prompt;
  }

  nlohmann::json settings() const override { return config::to_json(config_); }

 private:
  LedgerConfig config_;
};

class Ledger : public Task {
 public:
  std::string name() const override { return "ledger"; }
  std::string summary() const override {
    return "a value modulo 31 and n labelled operations; terse and verbose solutions; vocabulary "
           "of 73 words";
  }
  std::string markdown() const override { return config::markdown<LedgerConfig>(); }
  std::unique_ptr<Stream> stream(const config::Node& settings) const override {
    return std::make_unique<LedgerStream>(config::parse<LedgerConfig>(settings, "settings"));
  }
  tokenizer::Tokenizer make_tokenizer() const override {
    return tokenizer::Tokenizer::word_level(ledger_words(), "$", "_");
  }
};

const RegisterTask<Ledger> kEntry;

void check_lengths(const LedgerLengths& lengths, std::string_view name) {
  if (lengths.low > lengths.high ||
      (lengths.long_probability > 0 && lengths.long_low > lengths.long_high))
    throw UserError("{}: required low <= high, {}..{} and {}..{} came; swap them", name,
                    lengths.low, lengths.high, lengths.long_low, lengths.long_high);
}

}  // namespace

void check(const LedgerConfig& config) {
  const LedgerFormats& f = config.formats;
  if (!(f.P + f.Q + f.R + f.V > 0))
    throw UserError("formats: required a weight above 0, all are 0; set one of P, Q, R, V");
  check_lengths(config.terse, "terse");
  check_lengths(config.verbose, "verbose");
}

std::vector<std::string> ledger_words() {
  std::vector<std::string> words{"_", "$", "#", "?"};
  for (const char format : kFormats) words.emplace_back(1, format);
  for (int64_t value = 0; value < kModulus; ++value) words.push_back(std::to_string(value));
  for (const char sign : {'+', '-'})
    for (int64_t operand = 1; operand <= kOperands; ++operand)
      words.push_back(fmt::format("{}{}", sign, operand));
  for (int64_t i = 0; i < kLabels; ++i) words.push_back(label(i));
  return words;
}

}  // namespace rlreason::data
