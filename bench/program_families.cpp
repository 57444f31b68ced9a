// SPDX-License-Identifier: MIT
#include "bench/family_rows.hpp"

#include <array>
#include <memory>

#include "harness/families/mixed.hpp"
#include "harness/families/readers.hpp"
#include "harness/host/topology.hpp"
#include "harness/names/name_parts.hpp"
#include "harness/programs/program.hpp"
#include "harness/support/shuffle.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kTableBytes = 64ULL << 20;

std::uint64_t table_of(const FamilyChoice& choice) {
  return choice.table_bytes.value_or(kTableBytes);
}

// Those of the matrix, if it names any, in an order of this pass: what drifts with time must not
// look like a placement.
std::vector<PlacementId> placements_of(const FamilyChoice& choice) {
  std::vector<PlacementId> placements = choice.placements;
  // These read whole tables.
  std::erase_if(placements, [](const PlacementId& id) { return id.reads_chosen_pages(); });
  using enum PlacementKind;
  if (choice.placements.empty())
    placements = {{kPrivate, 0},     {kReadFault, 0},     {kKsmSingle, 0}, {kKsmDefault, 0},
                  {kKsmZeroPage, 0}, {kKsmColoured, 128}, {kHugeZero, 0}};
  std::mt19937_64 random(choice.order_seed);
  shuffle(placements, random);
  return placements;
}

// The roofs of this process: measured at the first question, all later rows are held against them.
class SharedRoofs {
 public:
  const Outcome<Roofs>& get(const Roots& roots, const std::function<bool()>& cancelled) {
    if (!roofs_) roofs_ = Roofs::measure(roots, cancelled);
    return *roofs_;
  }

 private:
  std::optional<Outcome<Roofs>> roofs_;
};

Outcome<Figures> roof_figures(SharedRoofs& shared, int level, FamilyEnvironment& environment) {
  const auto pinned = stay_on_one_cpu();
  if (!pinned) return fail(pinned);
  const auto& roofs = shared.get(environment.session.roots(), environment.cancelled);
  if (!roofs) return fail(roofs);
  const Roof* const roof = roofs->at_level(level);
  if (roof == nullptr && level == kMemoryLevel)
    return fail(ExitCode::kCannotRun, "too little memory, or no known cache, to read past");
  if (roof == nullptr)
    return fail(ExitCode::kCannotRun, "this machine reports no data cache of level {}", level);
  return Figures{{"bytes_per_second", roof->bytes_per_second},
                 {"read_bytes", static_cast<double>(roof->read_bytes)}};
}

FamilyCell table_cell(const NameWriter& name, const PlacementId& placement,
                      std::uint64_t table_bytes, MeasureOnTable measure) {
  return {.name = name.text(),
          .placement = placement,
          .memory_bytes = memory_needed_bytes(placement, table_bytes),
          .measure = {},
          .on_table = std::move(measure),
          .table_bytes = table_bytes};
}

void add_kernels(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  const auto roofs = std::make_shared<SharedRoofs>();
  constexpr const char* kLevels[] = {"L1", "L2", "L3", "memory"};
  for (int level = 1; level <= kMemoryLevel; ++level)
    cells.push_back(
        {NameWriter("kernels").add("level", kLevels[level - 1]).text(),
         {PlacementKind::kPrivate, 0},
         0,
         [roofs, level](FamilyEnvironment& e) { return roof_figures(*roofs, level, e); }});
  const std::uint64_t bytes = table_of(choice);
  for (const PlacementId& placement : placements_of(choice))
    for (const ProgramEntry& program : program_catalogue()) {
      NameWriter name("kernels");
      name.add("placement", to_string(placement)).add("table", bytes).add("loop", program.name);
      cells.push_back(table_cell(
          name, placement, bytes,
          [&program, roofs, least = choice.min_time_s](TableBench& bench) -> Outcome<Figures> {
            const auto& found = roofs->get(bench.roots, bench.cancelled);
            const auto timing = time_program(program, program_table(bench.table), least,
                                             bench.meter, bench.roots, bench.cancelled);
            if (!timing) return fail(timing);
            bench.counted = timing->elements;
            const auto census = bench.finish();
            if (!census) return fail(census);
            return program_figures(program, *timing, *census, found ? &*found : nullptr);
          }));
      cells.back().memory_bytes += bytes / 8 * program.private_bytes_per_element;
      cells.back().seconds = choice.min_time_s + 0.1;  // and to warm it, and both census
    }
}

void add_mixed(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  constexpr std::pair<MixOrder, const char*> kOrders[] = {{MixOrder::kRandom, "random"},
                                                          {MixOrder::kClustered, "clustered"}};
  using enum PlacementKind;
  for (const PlacementKind kind : {kReadFault, kKsmSingle, kKsmDefault, kKsmZeroPage})
    for (const unsigned percent : {0U, 50U, 90U, 99U, 100U})
      for (const auto& [order, word] : kOrders) {
        // Without both kinds of pages there is no order, and without zero pages no placement.
        if (order != MixOrder::kRandom && percent % 100 == 0) continue;
        if (kind != kReadFault && percent == 0) continue;
        MixedRequest request;
        request.placement = {kind, 0};
        request.zero_percent = percent;
        request.order = order;
        request.table_bytes = table_of(choice);
        NameWriter name("mixed");
        name.add("placement", to_string(request.placement)).add("table", request.table_bytes);
        name.add("zero_share", percent).add("order", word);
        cells.push_back({name.text(), request.placement,
                         memory_needed_bytes({kKsmSingle, 0}, request.table_bytes),
                         [request](FamilyEnvironment& e) { return measure_mixed(request, e); }});
      }
}

void add_readers(const FamilyChoice& choice, std::vector<FamilyCell>& cells) {
  struct Readers {
    ReaderCpus cpus;
    const char* word;
    std::size_t readers;
  };
  constexpr Readers kChoices[] = {
      {ReaderCpus::kCores, "cores", 2},       {ReaderCpus::kCores, "cores", 4},
      {ReaderCpus::kCores, "cores", 8},       {ReaderCpus::kCores, "cores", 16},
      {ReaderCpus::kCores, "cores", 32},      {ReaderCpus::kCores, "cores", 64},
      {ReaderCpus::kSiblings, "siblings", 2}, {ReaderCpus::kOtherNode, "other_node", 2}};
  const std::uint64_t bytes = table_of(choice);
  for (const PlacementId& placement : placements_of(choice))
    for (const Readers& readers : kChoices) {
      ReadersRequest request;
      request.cpus = readers.cpus;
      request.readers = readers.readers;
      NameWriter name("readers");
      name.add("placement", to_string(placement)).add("table", bytes);
      name.add("readers", readers.readers).add("cpus", readers.word);
      cells.push_back(
          table_cell(name, placement, bytes, [request](TableBench& bench) -> Outcome<Figures> {
            auto figures =
                measure_readers(request, bench.table, bench.roots, bench.cpus, bench.cancelled);
            if (!figures) return figures;
            if (const auto census = bench.finish(); !census) return fail(census);
            return figures;
          }));
    }
}

constexpr std::array kProgramFamilies{Family{"kernels", true, 0.2, add_kernels},
                                      Family{"mixed", false, 0.5, add_mixed},
                                      Family{"readers", false, 0.3, add_readers}};

}  // namespace

std::span<const Family> program_families() {
  return kProgramFamilies;
}

}  // namespace zp
