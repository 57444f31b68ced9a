// SPDX-License-Identifier: MIT
#include "harness/families/metadata.hpp"

#include "harness/families/accounts.hpp"
#include "harness/families/merging.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/memory/placement.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// mm/ksm.c, struct ksm_rmap_item and struct ksm_stable_node
constexpr std::uint64_t kRecordBytes = sizeof(void*) == 8 ? 64 : 32;
constexpr std::uint64_t kScansToForget = 3;

struct KernelMemory {
  std::optional<std::int64_t> unreclaimable, page_tables, free, available;

  static KernelMemory read(const Roots& roots) {
    KernelMemory memory;
    const auto bytes = [](const Outcome<std::string>& text,
                          const char* key) -> std::optional<std::int64_t> {
      const auto kb = text ? number_field(*text, key) : std::nullopt;
      return kb ? std::optional(static_cast<std::int64_t>(*kb) * 1024) : std::nullopt;
    };
    const auto meminfo = read_text_file(roots.proc + "/meminfo");
    memory.unreclaimable = bytes(meminfo, "SUnreclaim:");
    memory.available = bytes(meminfo, "MemAvailable:");
    memory.page_tables = bytes(read_text_file(roots.proc + "/self/status"), "VmPTE:");
    memory.free = read_free_bytes(roots);
    return memory;
  }
};

// The size of one object of a slab cache; a cache merged with others has that of all.
double record_bytes(const Roots& roots, const char* cache) {
  const auto text = read_trimmed(fmt::format("{}/kernel/slab/{}/slab_size", roots.sys, cache));
  return static_cast<double>(parse_number(text.value_or("")).value_or(kRecordBytes));
}

// Objects in use of a cache that /proc/slabinfo shows by name.
std::optional<double> slab_objects(const Roots& roots, const char* cache) {
  const auto slabinfo = read_text_file(roots.proc + "/slabinfo");
  const auto objects = slabinfo ? number_field(*slabinfo, cache) : std::nullopt;
  return objects ? std::optional(static_cast<double>(*objects)) : std::nullopt;
}

}  // namespace

Outcome<Figures> measure_metadata(const MetadataRequest& request, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  if (auto reason = why_not_here(request.placement, roots))
    return fail(ExitCode::kCannotRun, "{}", *reason);
  if (request.placement.kind != PlacementKind::kKsmZeroPage)
    if (auto enough =
            check_partners(request.table_bytes / system_page_bytes(), request.table_bytes);
        !enough)
      return fail(enough);
  if (auto prepared = prepare_merge(session, rules_of(request.placement)); !prepared)
    return fail(prepared);
  const auto table = mergeable_table(request.table_bytes);
  if (!table) return fail(table);

  const KernelMemory before = KernelMemory::read(roots);
  if (auto merged = merge_table(*table, environment); !merged) return fail(merged);
  if (auto scanned = scan_on(kScansToForget, environment); !scanned) return fail(scanned);
  const KernelMemory after = KernelMemory::read(roots);
  const auto census = proven_census(request.placement, *table, roots, "after merging");
  if (!census) return fail(census);

  const auto pages = static_cast<double>(census->pages);
  const auto nodes = static_cast<double>(read_ksm_figure(roots, "pages_shared").value_or(0) +
                                         read_ksm_figure(roots, "stable_node_chains").value_or(0));
  Figures figures{{"merged_pages", pages},
                  {"stable_nodes", nodes},
                  {"computed_stable_node_bytes_per_page",
                   nodes * record_bytes(roots, "ksm_stable_node") / pages}};
  const double item_bytes = record_bytes(roots, "ksm_rmap_item");
  if (const auto items = read_own_ksm_counters(roots).rmap_items) {
    const double per_page = static_cast<double>(*items) / pages;
    figures.emplace_back("rmap_items_per_page", per_page);
    figures.emplace_back("computed_rmap_bytes_per_page", per_page * item_bytes);
  }
  if (const auto items = slab_objects(roots, "ksm_rmap_item"))
    figures.emplace_back("slab_rmap_bytes_per_page", *items * item_bytes / pages);
  const auto add_change = [&](const char* key, const std::optional<std::int64_t>& was,
                              const std::optional<std::int64_t>& is) {
    if (was && is) figures.emplace_back(key, static_cast<double>(*is - *was) / pages);
  };
  add_change("unreclaimable_change_bytes_per_page", before.unreclaimable, after.unreclaimable);
  add_change("page_table_change_bytes_per_page", before.page_tables, after.page_tables);
  add_change("free_change_bytes_per_page", before.free, after.free);
  add_change("mem_available_change_bytes_per_page", before.available, after.available);
  return figures;
}

}  // namespace zp
