// SPDX-License-Identifier: MIT
#include "bench/row_model.hpp"

#include <array>

#include "bench/current_table.hpp"
#include "bench/lists.hpp"
#include "harness/host/huge_pages.hpp"
#include "harness/memory/census.hpp"
#include "harness/memory/pagemap.hpp"
#include "harness/model/catalogue.hpp"
#include "harness/model/cost.hpp"
#include "harness/model/steady.hpp"
#include "harness/support/interrupt.hpp"

namespace zp {
namespace {

// What one entry of the page table maps.
std::uint64_t mapping_bytes(const Roots& roots, const Cell& cell) {
  const auto huge = cell.placement.entry().needs_huge_pages ? huge_page_bytes(roots) : 0;
  return huge != 0 ? huge : system_page_bytes();
}

// Of no use once it is interrupted: what is left of the walk is then left out.
Outcome<model::SteadyState> settle(const model::Geometry& geometry, const model::MappedTable& table,
                                   const Walk& walk) {
  const auto first = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(walk.base)) -
                     table.base_address();
  if (walk.order == Order::kSequential && walk.rotate_bytes == 0 && first == 0 &&
      walk.pages.empty() && walk.reads * walk.stride_bytes == table.bytes())
    return model::settle_sequential(geometry, table, walk.stride_bytes);
  constexpr std::uint64_t kReadsBetweenAsking = 1 << 16;
  std::uint64_t reads = 0;
  bool stop = false;
  return model::settle_order(geometry, table, [&](auto&& sink) {
    if (stop) return;
    replay(walk, [&](std::uint64_t offset) {
      if (++reads % kReadsBetweenAsking == 0) stop = stop || interrupted();
      if (!stop) sink(first + offset);
    });
  });
}

void add(Figures& figures, const std::string& prefix, const model::Description& cpu,
         const model::SteadyState& state) {
  const auto per_read = [&](const char* key, std::uint64_t events) {
    figures.emplace_back(prefix + key, state.per_read(events));
  };
  constexpr std::array<const char*, model::kMaxCaches> kMisses = {"l1d_miss", "l2_miss", "l3_miss",
                                                                  "l4_miss"};
  for (std::size_t k = 0; k < cpu.geometry.caches.size(); ++k)
    per_read(kMisses[k], state.counts.misses[k]);
  if (const std::size_t tlbs = cpu.geometry.tlbs.size(); tlbs != 0) {
    per_read("dtlb_miss", state.counts.tlb_misses[0]);
    per_read("dtlb_walk", state.counts.tlb_misses[tlbs - 1]);
  }
  if (cpu.geometry.synonyms == model::SynonymRule::kVirtualCoherency)
    per_read("synonym_miss", state.counts.exceptions);  // as the hardware counts them
  else
    per_read("synonym_miss", state.counts.synonym_misses);
  if (const auto cost = model::estimate_cost(cpu, state.counts); cost.cycles_per_read) {
    figures.emplace_back(prefix + "cycles_low", cost.cycles_per_read->low);
    figures.emplace_back(prefix + "cycles_high", cost.cycles_per_read->high);
  }
}

// The latencies an estimate of cycles may need and the description lacks; empty when it has all.
std::string missing_latencies(const model::Description& cpu) {
  model::Counts one_of_each;
  const std::size_t caches = cpu.geometry.caches.size(), tlbs = cpu.geometry.tlbs.size();
  one_of_each.reads = caches + 1;
  for (std::size_t k = 0; k < caches; ++k) one_of_each.misses[k] = caches - k;
  for (std::size_t k = 0; k < tlbs; ++k) one_of_each.tlb_misses[k] = tlbs - k;
  one_of_each.exceptions = cpu.geometry.synonyms == model::SynonymRule::kVirtualCoherency ? 1 : 0;
  return model::estimate_cost(cpu, one_of_each).missing;
}

}  // namespace

Outcome<RowModel> RowModel::create(const Roots& roots, const std::string& cpus) {
  RowModel made;
  made.roots_ = roots;
  for (const std::string& name : parts_of_list(cpus)) {
    auto cpu = model::find_cpu(name);
    if (!cpu) return fail(ExitCode::kUsage, "--model: {}", cpu.error().message);
    for (const model::Description& other : made.cpus_)
      if (other.name == cpu->name)
        return fail(ExitCode::kUsage,
                    "--model: {}: another CPU there is named '{}', and counters go by that name",
                    name, cpu->name);
    made.cpus_.push_back(std::move(*cpu));
  }
  if (made.any()) made.why_hidden_ = why_census_is_weak(roots);
  return made;
}

Outcome<void> RowModel::take_frames(const Cell& cell, const Table& table,
                                    std::uint64_t table_number) {
  if (frames_of_ == table_number) return {};
  frames_.clear();
  frames_of_.reset();
  if (!why_hidden_) {
    auto frames = read_frames(roots_, table);
    if (!frames) return fail(frames);
    frames_ = std::move(*frames);
  } else if (const std::uint64_t frames = cell.placement.memfd_frames(); frames != 0) {
    // Its frames are known by construction, up to where they lie: N of them, in a row.
    for (std::uint64_t page = 0; page < table.pages(); ++page)
      frames_.push_back(frames + (table.first_vpn() + page) % frames);
  }
  if (frames_.empty()) return fail(ExitCode::kCannotRun, "{}", why_hidden_.value_or(kHiddenFrames));
  frames_of_ = table_number;
  return {};
}

Outcome<Figures> RowModel::figures(const Cell& cell, const Table& table, std::uint64_t table_number,
                                   const Walk& walk) {
  Figures figures;
  if (!any()) return figures;
  if (auto taken = take_frames(cell, table, table_number); !taken) return fail(taken);
  const auto modelled_table =
      model::MappedTable::create(reinterpret_cast<std::uintptr_t>(table.base()), frames_,
                                 system_page_bytes(), mapping_bytes(roots_, cell));
  if (!modelled_table) return fail(modelled_table);
  for (const model::Description& cpu : cpus_) {
    const auto state = settle(cpu.geometry, *modelled_table, walk);
    if (interrupted()) return fail(interrupt_exit_code(), "{}", kInterruptedMessage);
    if (!state) return fail(ExitCode::kCannotRun, "{}: {}", cpu.name, state.error().message);
    add(figures, cpus_.size() == 1 ? "model_" : "model_" + cpu.name + "_", cpu, *state);
  }
  return figures;
}

Facts RowModel::facts() const {
  if (!any()) return {};
  std::string names;
  for (const model::Description& cpu : cpus_) names += (names.empty() ? "" : ", ") + cpu.name;
  Facts facts{{"model.cpu", names}};
  if (!why_hidden_) {
    facts.emplace_back("model.frames", "those of the table");
  } else {
    facts.emplace_back("model.frames", "constructed, for memfd_ placements only");
    facts.emplace_back("model.missing", *why_hidden_);
  }
  std::string no_latencies;
  for (const model::Description& cpu : cpus_)
    if (const std::string missing = missing_latencies(cpu); !missing.empty())
      no_latencies += (no_latencies.empty() ? "" : "; ") + missing;
  if (!no_latencies.empty()) facts.emplace_back("model.missing.cycles", no_latencies);
  return facts;
}

}  // namespace zp
