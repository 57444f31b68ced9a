// SPDX-License-Identifier: MIT
#include "bench/counting.hpp"

#include <algorithm>

#include "harness/support/wrap.hpp"

namespace zp {

CellCounting::CellCounting(const Counters& counters, int threads, std::uint64_t first_group)
    : counters_(counters), first_group_(first_group), slots_(static_cast<std::size_t>(threads)) {}

void CellCounting::begin_trial() {
  const auto& groups = counters_.plan.groups;
  group_ = groups.empty() ? nullptr : &groups[(first_group_ + reported_) % groups.size()];
  for (Slot& slot : slots_) slot = {};
}

CellCounting::Thread CellCounting::open(std::size_t index) {
  // Of what counts the whole machine, one thread is enough.
  if (group_ == nullptr || (index != 0 && !group_->source->per_thread())) return {this, index, {}};
  auto group = group_->source->open(group_->names);
  if (group) return {this, index, std::move(*group)};
  slots_[index].error = group.error().message;
  return {this, index, {}};
}

void CellCounting::Thread::start() {
  if (!group_) return;
  if (auto started = group_->start(); started)
    return;
  else
    cell_->slots_[index_].error = started.error().message;
  group_.reset();
}

void CellCounting::Thread::stop() {
  if (!group_) return;
  Slot& slot = cell_->slots_[index_];
  if (auto stopped = group_->stop(); !stopped) {
    slot.error = stopped.error().message;
    return;
  }
  if (auto values = group_->read())
    slot.values = std::move(*values);
  else
    slot.error = values.error().message;
}

std::vector<std::pair<std::string, double>> CellCounting::per_read(double reads) const {
  std::vector<std::pair<std::string, double>> figures;
  if (group_ == nullptr) return figures;
  const std::size_t counting = group_->source->per_thread() ? slots_.size() : 1;
  std::vector<std::uint64_t> sums(group_->names.size());
  for (std::size_t i = 0; i < counting; ++i) {
    if (!slots_[i].values) return figures;
    for (std::size_t n = 0; n < sums.size(); ++n) sums[n] += (*slots_[i].values)[n];
  }
  for (const PlannedEvent& planned : group_->events)
    if (const auto count = evaluate(planned.event, group_->names, sums))
      figures.emplace_back(planned.event.key, static_cast<double>(*count) / reads);
  return figures;
}

std::string CellCounting::problem() const {
  for (const Slot& slot : slots_)
    if (!slot.error.empty()) return slot.error;
  return {};
}

Facts counter_facts(const Counters& counters) {
  Facts facts{{"counters.source", counters.source}};
  for (const PlannedGroup& group : counters.plan.groups)
    for (const PlannedEvent& planned : group.events) {
      facts.emplace_back("counters.event." + planned.event.key, planned.event.expression);
      facts.emplace_back("counters.overhead." + planned.event.key,
                         std::to_string(planned.overhead));
    }
  for (const MissingEvent& missing : counters.plan.missing)
    facts.emplace_back("counters.missing." + missing.key, missing.reason);
  if (!counters.plan.groups.empty())
    facts.emplace_back("counters.groups", std::to_string(counters.plan.groups.size()));
  return facts;
}

std::optional<std::string> too_few_repetitions(const Counters& counters, int repetitions) {
  const std::size_t groups = counters.plan.groups.size();
  if (groups <= static_cast<std::size_t>(repetitions)) return std::nullopt;
  return fmt::format(
      "the events need {} groups, one a repetition, and a pass has {} repetitions: more of them, "
      "or "
      "more passes, count the rest",
      groups, repetitions);
}

std::string counter_list(const Counters& counters) {
  constexpr std::size_t kIndent = 29;
  std::string text = fmt::format("Counters (source: {}; groups, one a repetition: {})\n",
                                 counters.source, counters.plan.groups.size());
  for (const PlannedGroup& group : counters.plan.groups)
    for (const PlannedEvent& planned : group.events)
      text += fmt::format(
          "  {:<22} yes {}\n", planned.event.key,
          hanging(fmt::format("{} ({})", planned.event.expression, planned.about), kIndent));
  // "EVENT: why": most often the same for all of them.
  std::vector<std::pair<std::string, std::string>> keys_by_cause;
  for (const MissingEvent& missing : counters.plan.missing) {
    const auto colon = missing.reason.find(": ");
    const std::string cause =
        colon == std::string::npos ? missing.reason : missing.reason.substr(colon + 2);
    const auto same = std::ranges::find(
        keys_by_cause, cause, [](const auto& known) -> const auto& { return known.first; });
    if (same == keys_by_cause.end())
      keys_by_cause.emplace_back(cause, missing.key);
    else
      same->second += " " + missing.key;
  }
  for (const auto& [cause, keys] : keys_by_cause)
    text += fmt::format("  not counted: {}\n    {}\n", hanging(keys, 15), hanging(cause, 4));
  return text;
}

}  // namespace zp
