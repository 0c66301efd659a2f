#include "sweeps/pool/command.h"

#include <array>

#include "core/error.h"
#include "core/process/piped.h"
#include "core/terminal/text.h"

namespace rlreason::sweep {
namespace {

constexpr std::chrono::seconds kSilence{60};
constexpr size_t kMost = size_t{64} << 20;

}  // namespace

std::string run_command(const std::vector<std::string>& argv) {
  process::PipedChild child(argv, kSilence);
  std::string answer;
  std::array<char, 65536> buffer{};
  for (size_t n = 0; (n = child.read(buffer.data(), buffer.size())) > 0;)
    if (answer.size() < kMost) answer.append(buffer.data(), n);
  const process::ExitStatus status = child.wait();
  if (child.silent())
    throw UserError("{}: required an answer within {} s, none came", argv.front(),
                    kSilence.count());
  if (!status.ok())
    throw UserError("{}: required that it ends well, it {}{}", argv.front(),
                    process::describe_exit(status),
                    child.said().empty() ? "" : ": " + terminal::clean(child.said()));
  return answer;
}

std::optional<std::string> try_command(const std::vector<std::string>& argv) {
  try {
    return run_command(argv);
  } catch (const UserError&) {
    return {};
  }
}

}  // namespace rlreason::sweep
