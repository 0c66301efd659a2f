#include "datasets/verifiers/external.h"

#include <fmt/core.h>
#include <signal.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "core/config/node.h"
#include "core/config/parse.h"
#include "core/digest.h"
#include "core/error.h"
#include "datasets/verifiers/external_process.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data {
namespace {

using Json = nlohmann::json;
constexpr size_t kMostWords = 2048;

struct Job {
  int64_t id = 0;
  std::string line;
  std::promise<Verdict> verdict;
};

std::string field_of(const Json& reply, const char* key) {
  const auto found = reply.find(key);
  return found != reply.end() && found->is_string() ? found->get<std::string>().substr(0, kMostWords) : std::string();
}

// What a program said, for a sentence on a terminal.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F) c = ' ';
  return text;
}

// Nothing: no reply of the agreed form.
std::optional<Verdict> verdict_from(const std::string& line, int64_t id) {
  const Json reply = Json::parse(line, nullptr, false);
  if (!reply.is_object() || !reply.contains("id") || reply["id"] != id) return std::nullopt;
  const std::string verdict = field_of(reply, "verdict");
  Verdict out{.rule = field_of(reply, "rule"), .reason = field_of(reply, "reason"), .answer = field_of(reply, "answer")};
  if (out.rule.empty()) out.rule = "external";
  if (verdict == "right") out.outcome = Outcome::right;
  else if (verdict == "wrong") out.outcome = Outcome::wrong;
  else if (verdict != "unscored") return std::nullopt;
  if (out.right()) out.reason.clear();
  else if (out.reason.empty()) out.reason = "the program says " + verdict;
  return out;
}

std::string request(int64_t id, const Question& question, std::string_view response) {
  Json json = {{"id", id}, {"gold", question.gold}, {"response", response}};
  if (!question.choices.empty()) json["choices"] = std::vector<std::string>(question.choices.begin(), question.choices.end());
  if (!(question.options == AnswerOptions{})) json["options"] = config::to_json(question.options);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

struct ExternalVerifier::State {
  std::string name;
  ExternalConfig config;
  mutable std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job*> queue;
  bool stopping = false;
  int64_t next_id = 0, failures_in_a_row = 0;
  std::string last_words;
  ExternalCounts counts;
  std::vector<std::thread> threads;

  // The program's fault; its last words are kept for the sentence.
  Verdict failed(const Reply& reply, const std::string& said) {
    const std::lock_guard lock(mutex);
    ++failures_in_a_row;
    counts.timeouts += reply.kind == Reply::Kind::timeout;
    counts.deaths += reply.kind == Reply::Kind::death;
    counts.malformed += reply.kind == Reply::Kind::flood || reply.kind == Reply::Kind::line;
    last_words = reply.text + (said.empty() ? "" : "; it said: " + said);
    const char* rule = reply.kind == Reply::Kind::timeout ? "external_timeout" : reply.kind == Reply::Kind::death ? "external_death" : "external_malformed";
    return unscored(rule, name + ": " + reply.text);
  }

  Verdict answer(std::optional<ExternalProcess>& process, const Job& job) {
    const auto deadline = ExternalProcess::Clock::now() + std::chrono::duration_cast<ExternalProcess::Clock::duration>(std::chrono::duration<double>(config.deadline_s));
    if (!process) {
      process.emplace(config.command);
      const std::lock_guard lock(mutex);
      ++counts.starts;
    }
    Reply reply = process->ask(job.line, deadline);
    if (reply.kind == Reply::Kind::line) {
      if (std::optional<Verdict> verdict = verdict_from(reply.text, job.id)) {
        const std::lock_guard lock(mutex);
        failures_in_a_row = 0;
        ++counts.judged;
        return std::move(*verdict);
      }
      reply.text = "its reply is not the agreed JSON for this request";
    }
    Verdict verdict = failed(reply, process->said());
    process.reset();
    return verdict;
  }

  void serve() {
    sigset_t pipe;  // a program that closed its input must not end us
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    std::optional<ExternalProcess> process;
    for (;;) {
      Job* job = nullptr;
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [this] { return stopping || !queue.empty(); });
        if (stopping) return;
        job = queue.front();
        queue.pop_front();
      }
      try {
        job->verdict.set_value(answer(process, *job));
      } catch (...) {
        job->verdict.set_exception(std::current_exception());
      }
    }
  }

  void refuse_when_hopeless() const {  // REQUIRES: mutex held
    if (failures_in_a_row > config.restarts)
      throw UserError("verifier {}: required a program that answers, '{}' failed {} times in a row ({}); mend it, or raise 'restarts' or 'deadline_s'", name, config.command[0], failures_in_a_row,
                      printable(last_words));
  }
};

ExternalVerifier::ExternalVerifier(std::string name, ExternalConfig config) : state_(std::make_unique<State>()) {
  if (config.command.empty()) throw UserError("verifier {}: required 'command', a list of the program and its arguments, none came", name);
  state_->name = std::move(name);
  state_->config = std::move(config);
}

ExternalVerifier::~ExternalVerifier() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

Verdict ExternalVerifier::judge(const Question& question, std::string_view response) {
  Job job;
  std::future<Verdict> verdict = job.verdict.get_future();
  {
    const std::lock_guard lock(state_->mutex);
    state_->refuse_when_hopeless();
    while (std::ssize(state_->threads) < state_->config.processes) state_->threads.emplace_back([state = state_.get()] { state->serve(); });
    job.id = ++state_->next_id;
    job.line = request(job.id, question, response);
    state_->queue.push_back(&job);
  }
  state_->wake.notify_one();
  return verdict.get();
}

ExternalCounts ExternalVerifier::counts() const {
  const std::lock_guard lock(state_->mutex);
  return state_->counts;
}

std::string ExternalVerifier::version() const {
  return state_->config.version + "+" + sha256(Json(state_->config.command).dump(-1, ' ', false, Json::error_handler_t::replace)).substr(0, 12);
}

void register_external_verifiers(const std::filesystem::path& file) {
  const config::Node root = config::load_yaml(file);
  for (const auto& entry : root.at("verifiers").entries()) {
    const std::string name = "external:" + entry.key;
    if (verifier_registry().find(name) != nullptr) throw UserError("{}: required one verifier of the name '{}', found two; rename one", entry.value.origin().text(), name);
    const auto verifier = std::make_shared<ExternalVerifier>(name, config::parse<ExternalConfig>(entry.value, "verifiers." + entry.key));
    verifier_registry().add(name, {.name = name,
                                   .version = verifier->version(),
                                   .summary = "a program of yours, from " + file.filename().string(),
                                   .verify = [verifier](const Question& question, std::string_view response) { return verifier->judge(question, response); }});
  }
}

void register_external_verifiers_from_environment() {
  if (const char* file = std::getenv(kVerifiersVariable); file != nullptr && *file != '\0') register_external_verifiers(file);
}

}  // namespace rlreason::data
