#include "evaluators/prompt_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"

namespace rlreason::eval {
namespace {

data::Prompt prompt_of(std::string text, std::string gold, std::vector<std::string> choices) {
  data::Prompt prompt;
  prompt.id = "p";
  prompt.text = std::move(text);
  prompt.gold = std::move(gold);
  prompt.verifier = "exact";
  prompt.choices = std::move(choices);
  prompt.category = "colours";
  return prompt;
}

const data::Prompt kPlain = prompt_of("  What is {question}?\n", "4", {});
const data::Prompt kChoice = prompt_of("Which?", "B", {"red", "green {label}"});

TEST(PromptTemplate, AllBuiltInOnesLoadWithASource) {
  const auto names = prompt_template_names();
  EXPECT_THAT(names,
              testing::IsSupersetOf({"plain", "luffy", "luffy_llama", "qwen_boxed", "simplerl",
                                     "prime", "question_answer", "mmlu_pro", "letters", "cloze"}));
  for (const std::string& name : names) {
    const PromptTemplate words = load_prompt_template(name);
    EXPECT_EQ(words.name, name);
    EXPECT_FALSE(words.source.empty()) << name;
    EXPECT_FALSE(words.summary.empty()) << name;
    EXPECT_NE(rendered(words, kPlain).find("What is {question}?"), std::string::npos) << name;
  }
}

TEST(PromptTemplate, RendersAsPublished) {
  EXPECT_EQ(rendered(load_prompt_template("plain"), kPlain), "What is {question}?\n");
  const std::string luffy = rendered(load_prompt_template("luffy"), kChoice);
  EXPECT_TRUE(luffy.starts_with("Your task is to follow a systematic, thorough reasoning process"));
  EXPECT_TRUE(
      luffy.ends_with("\nUser: This is the problem:\nWhich?\n\nA) red\nB) green {label}\n\n"
                      "Assistant: <think>\n"))
      << luffy;
  EXPECT_NE(luffy.find("\"<think>\\n {thoughts} </think>\\n\""),
            std::string::npos);  // its own braces stay
  EXPECT_TRUE(load_prompt_template("luffy").think);
  EXPECT_EQ(rendered(load_prompt_template("qwen_boxed"), kPlain),
            "<|im_start|>system\nPlease reason step by step, and put your final answer within "
            "\\boxed{}.<|im_end|>\n<|im_start|>user\nWhat is {question}?<|im_end|>\n"
            "<|im_start|>assistant\n");
  EXPECT_NE(rendered(load_prompt_template("simplerl_luffy"), kPlain).find("within\\boxed{{}}."),
            std::string::npos);
}

TEST(PromptTemplate, WorkedExamplesComeBeforeTheQuestion) {
  data::Prompt shot = kPlain;
  shot.text = "1+1?";
  shot.gold = "2";
  const PromptTemplate words = load_prompt_template("question_answer");
  EXPECT_EQ(rendered(words, kPlain, {shot}),
            "Question: 1+1?\nAnswer: 2\n\nQuestion: What is {question}?\nAnswer:");
  shot.demonstrations.push_back({.text = "One and one is 2."});
  EXPECT_NE(rendered(words, kPlain, {shot}).find("Answer: One and one is 2.\n"), std::string::npos);
  EXPECT_NE(rendered(load_prompt_template("mmlu_pro"), kChoice).find("about colours. Think"),
            std::string::npos);
}

TEST(PromptTemplate, ContinuationsNameOrSpellTheOption) {
  EXPECT_EQ(continuations(load_prompt_template("letters"), kChoice),
            (std::vector<std::string>{" A", " B"}));
  EXPECT_EQ(continuations(load_prompt_template("cloze"), kChoice),
            (std::vector<std::string>{" red", " green {label}"}));
  EXPECT_EQ(rendered(load_prompt_template("cloze"), kChoice), "Question: Which?\nAnswer:");
}

TEST(PromptTemplate, StopTextsCutAResponse) {
  EXPECT_EQ(until_stop("4\nQuestion: 5", {"\nQuestion:", "zzz"}), "4");
  EXPECT_EQ(until_stop("4", {"", "\n"}), "4");
  EXPECT_EQ(until_stop("", {"x"}), "");
}

TEST(PromptTemplate, AFileOverridesAndErrorsNameIt) {
  const auto file = std::filesystem::path(testing::TempDir()) / "mine_words.yaml";
  std::ofstream(file) << "name: mine\ntext: \"Q {question} {nothing}\"\n";
  EXPECT_EQ(rendered(load_prompt_template(file.string()), kChoice),
            "Q Which?\n\nA) red\nB) green {label}\n {nothing}");
  std::ofstream(file) << "name: mine\ntext: no place\n";
  EXPECT_THROW(load_prompt_template(file.string()), UserError);
  std::ofstream(file) << "name: mine\ntxet: \"{question}\"\n";
  EXPECT_THROW(load_prompt_template(file.string()), UserError);
  EXPECT_THROW(load_prompt_template("qwen_boxxed"), UserError);
}

}  // namespace
}  // namespace rlreason::eval
