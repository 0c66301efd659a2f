#include "evaluators/choices.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "core/random.h"

namespace rlreason::eval {

std::string label(size_t position, bool digits) {
  return digits ? std::to_string(position + 1)
                : std::string(1, static_cast<char>('A' + static_cast<int>(position)));
}

std::optional<size_t> position_of(std::string_view text, size_t count) {
  size_t position = count;
  if (text.size() == 1 && std::isalpha(static_cast<unsigned char>(text[0])))
    position = static_cast<size_t>(std::toupper(static_cast<unsigned char>(text[0])) - 'A');
  else if (!text.empty() && text.size() <= 2 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    position = static_cast<size_t>(std::stoi(std::string(text))) - 1;  // "0" wraps beyond count
  if (position >= count) return std::nullopt;
  return position;
}

bool is_choice(const data::Prompt& prompt) {
  return !prompt.choices.empty() && prompt.choices.size() <= kMostOptions &&
         position_of(prompt.gold, prompt.choices.size()).has_value();
}

bool has_digit_labels(const data::Prompt& prompt) {
  return !prompt.gold.empty() && prompt.gold[0] >= '0' && prompt.gold[0] <= '9';
}

void label_options(data::Prompt& prompt) {
  const bool digits = has_digit_labels(prompt);
  for (size_t i = 0; i < prompt.choices.size(); ++i)
    prompt.choices[i] = label(i, digits) + ") " + prompt.choices[i];
}

void unlabel_options(data::Prompt& prompt) {
  const bool digits = has_digit_labels(prompt);
  std::vector<std::string> bare;
  for (size_t i = 0; i < prompt.choices.size(); ++i) {
    const std::string mark = label(i, digits) + ") ";
    if (!prompt.choices[i].starts_with(mark)) return;
    bare.push_back(prompt.choices[i].substr(mark.size()));
  }
  prompt.choices = std::move(bare);
}

std::vector<size_t> option_order(uint64_t seed, std::string_view id, size_t count, bool shuffled,
                                 int64_t rotation) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  if (shuffled)
    Sequence({.seed = seed, .purpose = Purpose::order, .prompt = hash_id(id)}).shuffle(order);
  if (count > 0)
    std::rotate(order.begin(), order.begin() + rotation % static_cast<int64_t>(count), order.end());
  return order;
}

void reorder(data::Prompt& prompt, const std::vector<size_t>& order) {
  const size_t gold = *position_of(prompt.gold, prompt.choices.size());
  const bool digits = has_digit_labels(prompt);
  std::vector<std::string> shown;
  for (const size_t source : order) shown.push_back(prompt.choices[source]);
  prompt.choices = std::move(shown);
  prompt.gold = label(
      static_cast<size_t>(std::find(order.begin(), order.end(), gold) - order.begin()), digits);
}

double chance(const std::vector<data::Prompt>& prompts) {
  double sum = 0;
  for (const data::Prompt& prompt : prompts) {
    if (!is_choice(prompt)) return 0;
    sum += 1 / static_cast<double>(prompt.choices.size());
  }
  return prompts.empty() ? 0 : sum / static_cast<double>(prompts.size());
}

double chance_corrected(double accuracy, double chance) {
  return (accuracy - chance) / (1 - chance);
}

}  // namespace rlreason::eval
