// SPDX-License-Identifier: MIT
#include "harness/trace/model_follower.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>
#include <utility>

#include "harness/model/catalogue.hpp"

namespace zp::trace {
namespace {

std::string plain(std::string text) {  // fit for a JSON string as it is
  for (char& c : text)
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ') c = '_';
  return text;
}

}  // namespace

Outcome<std::unique_ptr<ModelFollower>> ModelFollower::create(const std::string& cpus) {
  auto follower = std::make_unique<ModelFollower>();
  std::istringstream names{cpus};
  for (std::string name; std::getline(names, name, '+');) {
    auto description = model::find_cpu(name);
    if (!description) return fail(description);
    follower->models_.push_back({description->name, description->geometry, {}, {}});
  }
  return follower;
}

void ModelFollower::start(std::uint64_t page_bytes) {
  for (Modelled& modelled : models_) {
    modelled.machine.reset();
    modelled.error.clear();
    auto machine = model::Machine::create(modelled.geometry, page_bytes);
    if (machine)
      modelled.machine.emplace(std::move(*machine));
    else
      modelled.error = machine.error().message;
  }
}

void ModelFollower::count() {
  for (Modelled& modelled : models_)
    if (modelled.machine) modelled.machine->clear_counts();
}

void ModelFollower::follow(std::span<const Read> reads) {
  accesses_.clear();
  for (const Read& read : reads) accesses_.push_back({read.virtual_address, read.physical_address});
  for (Modelled& modelled : models_) {
    if (!modelled.machine) continue;
    if (const auto outcome = modelled.machine->run(accesses_); !outcome) {
      modelled.error = outcome.error().message;
      modelled.machine.reset();
    }
  }
}

std::string ModelFollower::json() const {
  std::vector<std::string> objects;
  for (const Modelled& modelled : models_) {
    if (!modelled.machine) {
      objects.push_back(fmt::format("{{\"cpu\": \"{}\", \"error\": \"{}\"}}", plain(modelled.cpu),
                                    plain(modelled.error)));
      continue;
    }
    const model::Counts& counts = modelled.machine->counts();
    const std::span misses{counts.misses.data(), modelled.geometry.caches.size()};
    const std::span tlb_misses{counts.tlb_misses.data(), modelled.geometry.tlbs.size()};
    std::string exceptions;
    if (modelled.geometry.synonyms == model::SynonymRule::kVirtualCoherency)
      exceptions = fmt::format(", \"exceptions\": {}", counts.exceptions);
    objects.push_back(
        fmt::format("{{\"cpu\": \"{}\", \"reads\": {}, \"misses\": [{}], \"tlb_misses\": [{}], "
                    "\"synonym_misses\": {}{}}}",
                    plain(modelled.cpu), counts.reads, fmt::join(misses, ", "),
                    fmt::join(tlb_misses, ", "), counts.synonym_misses, exceptions));
  }
  return fmt::format("\"models\": [{}]", fmt::join(objects, ", "));
}

}  // namespace zp::trace
