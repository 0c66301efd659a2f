#include "sweeps/pool/slots.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <numeric>
#include <sstream>

#include "core/error.h"
#include "sweeps/pool/command.h"

namespace rlreason::sweep {
namespace {

constexpr double kSlack = 1e-9;

bool is_device(const std::string& word) {
  if (word.starts_with("GPU-") || word.starts_with("MIG-")) return word.size() > 4;
  return !word.empty() && std::all_of(word.begin(), word.end(), ::isdigit);
}

// "0, GPU-..., 81559" a line: index, uuid, MiB.
std::vector<std::vector<std::string>> ask_driver() {
  const auto answer = try_command(
      {"nvidia-smi", "--query-gpu=index,uuid,memory.total", "--format=csv,noheader,nounits"});
  std::vector<std::vector<std::string>> rows;
  if (!answer) return rows;
  std::istringstream lines(*answer);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> row;
    std::istringstream parts(line);
    for (std::string part; std::getline(parts, part, ',');) {
      part.erase(0, part.find_first_not_of(' '));
      row.push_back(part);
    }
    if (row.size() == 3 && is_device(row[0])) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::vector<std::string> parse_devices(const std::string& text) {
  std::vector<std::string> devices;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    std::erase_if(word, ::isspace);
    if (!is_device(word)) break;
    devices.push_back(word);
  }
  return devices;
}

std::vector<Device> visible_devices(bool with_memory) {
  const char* given = std::getenv("CUDA_VISIBLE_DEVICES");
  std::vector<Device> devices;
  const auto driver =
      given == nullptr || with_memory ? ask_driver() : std::vector<std::vector<std::string>>{};
  if (given == nullptr) {
    for (const auto& row : driver) devices.push_back({row[0], std::stod(row[2]) / 1024});
    return devices;
  }
  for (const std::string& name : parse_devices(given)) {
    double memory = 0;
    for (const auto& row : driver)
      if (row[0] == name || row[1].starts_with(name)) memory = std::stod(row[2]) / 1024;
    devices.push_back({name, memory});
  }
  return devices;
}

Slots::Slots(int64_t runs, std::vector<Device> devices)
    : free_(runs), devices_(std::move(devices)), used_(devices_.size()) {}

void Slots::require(const PlanResources& wanted) const {
  if (wanted.gpus == 0) return;
  int64_t fitting = 0;
  for (const Device& device : devices_)
    fitting += device.memory_gib == 0 || wanted.gpu_memory_gib <= device.memory_gib;
  if (fitting < wanted.gpus)
    throw UserError(
        "resources: required {} GPU(s){} for a run, {} visible device(s) came; see "
        "CUDA_VISIBLE_DEVICES, or "
        "set resources.gpus",
        wanted.gpus,
        wanted.gpu_memory_gib > 0 ? fmt::format(" of {} GiB", wanted.gpu_memory_gib) : "", fitting);
}

bool Slots::fits(size_t device, double share, double memory_gib) const {
  if (used_[device].share + share > 1 + kSlack) return false;
  return devices_[device].memory_gib == 0 ||
         used_[device].memory_gib + memory_gib <= devices_[device].memory_gib + kSlack;
}

std::optional<Grant> Slots::take(const PlanResources& wanted) {
  if (free_ == 0) return {};
  Grant grant;
  if (wanted.gpus > 0) {
    // Several devices are taken whole: a share is of a single one.
    const double share = wanted.gpus == 1 ? wanted.gpu_share : 1;
    std::vector<size_t> order(devices_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return used_[a].share > used_[b].share; });
    for (const size_t device : order)
      if (static_cast<int64_t>(grant.devices.size()) < wanted.gpus &&
          fits(device, share, wanted.gpu_memory_gib))
        grant.devices.push_back(device);
    if (static_cast<int64_t>(grant.devices.size()) < wanted.gpus) return {};
    std::sort(grant.devices.begin(), grant.devices.end());
    grant.share = share;
    grant.memory_gib = wanted.gpu_memory_gib;
    std::string names;
    for (const size_t device : grant.devices) {
      used_[device].share += grant.share;
      used_[device].memory_gib += grant.memory_gib;
      names += (names.empty() ? "" : ",") + devices_[device].name;
    }
    grant.environment.emplace_back("CUDA_VISIBLE_DEVICES", names);
  }
  --free_;
  return grant;
}

void Slots::give_back(const Grant& grant) {
  ++free_;
  for (const size_t device : grant.devices) {
    used_[device].share -= grant.share;
    used_[device].memory_gib -= grant.memory_gib;
  }
}

}  // namespace rlreason::sweep
