// SPDX-License-Identifier: MIT
#include "analysis/rows/host.hpp"

#include <algorithm>

#include "analysis/load/units.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

std::string size_of(const Context& context, std::string_view key) {
  const auto bytes = parse_whole<std::uint64_t>(context_value(context, key)).value_or(0);
  return bytes == 0 ? std::string() : human_size(bytes);
}

std::string cache_of(const Context& context, const std::string& level, const char* shown) {
  const auto size = size_of(context, "cache." + level + ".size_bytes");
  if (size.empty()) return {};
  const auto ways = context_value(context, "cache." + level + ".ways");
  return fmt::format("{} {}{}", shown, size, ways.empty() ? "" : " " + ways + "-way");
}

// As arch/x86/kernel/cpu/amd.c and arch/x86/include/asm/intel-family.h have them.
const char* microarchitecture(unsigned family, unsigned model) {
  struct Range {
    unsigned family, first, last;
    const char* name;
  };
  static constexpr Range kRanges[] = {
      {23, 0x00, 0x2f, "Zen"},
      {23, 0x50, 0x5f, "Zen"},
      {23, 0x30, 0x4f, "Zen 2"},
      {23, 0x60, 0x7f, "Zen 2"},
      {23, 0x90, 0x91, "Zen 2"},
      {23, 0xa0, 0xaf, "Zen 2"},
      {25, 0x00, 0x0f, "Zen 3"},
      {25, 0x20, 0x5f, "Zen 3"},
      {25, 0x10, 0x1f, "Zen 4"},
      {25, 0x60, 0xaf, "Zen 4"},
      {26, 0x00, 0x2f, "Zen 5"},
      {26, 0x40, 0x4f, "Zen 5"},
      {26, 0x60, 0x7f, "Zen 5"},
      {26, 0x50, 0x5f, "Zen 6"},
      {26, 0x80, 0xaf, "Zen 6"},
      {26, 0xc0, 0xcf, "Zen 6"},
      {6, 0x4f, 0x4f, "Broadwell"},
      {6, 0x55, 0x55, "Skylake or Cascade Lake"},
      {6, 0x6a, 0x6a, "Ice Lake"},
      {6, 0x6c, 0x6c, "Ice Lake"},
      {6, 0x8f, 0x8f, "Sapphire Rapids"},
      {6, 0xcf, 0xcf, "Emerald Rapids"},
      {6, 0xad, 0xad, "Granite Rapids"},
  };
  for (const auto& range : kRanges)
    if (family == range.family && model >= range.first && model <= range.last) return range.name;
  return nullptr;
}

struct FamilyAndModel {
  unsigned family, model;
};

// Of an x86 CPU.
std::optional<FamilyAndModel> family_and_model(const Context& context) {
  const auto text = context_value(context, "cpu.family");  // "25-17"
  const auto arch = context_value(context, "arch");
  if (!arch.empty() && arch != "x86_64" && arch != "i686") return {};
  const auto dash = text.find('-');
  if (dash == text.npos) return {};
  const auto family = parse_whole<unsigned>(text.substr(0, dash)),
             model = parse_whole<unsigned>(text.substr(dash + 1));
  if (!family || !model) return {};
  return FamilyAndModel{*family, *model};
}

}  // namespace

std::string cpu_text(const Context& context) {
  const auto cpu = context_value(context, "cpu.model");
  const auto number = family_and_model(context);
  if (cpu.empty() || !number) return cpu;
  const char* name = microarchitecture(number->family, number->model);
  return fmt::format("{} (family {} model {}{}{})", cpu, number->family, number->model,
                     name == nullptr ? "" : ": ", name == nullptr ? "" : name);
}

std::string short_cpu_text(const Context& context) {
  const auto number = family_and_model(context);
  const char* name = number ? microarchitecture(number->family, number->model) : nullptr;
  return name == nullptr ? cpu_text(context) : name;
}

bool is_emulated(const Context& context) {
  return context_value(context, "machine.emulated") == "true";
}

std::string kernel_of(const Context& context) {
  const auto release = context_value(context, "kernel.release");
  return release.empty() ? std::string() : "Linux " + release;
}

std::string host_line(const Context& context) {
  const auto value = [&](std::string_view key) { return context_value(context, key); };
  const auto labelled = [&](const char* label, std::string_view key) {
    const auto text = value(key);
    return text.empty() || text == "unknown" ? std::string() : label + text;
  };
  auto cpu = cpu_text(context);
  if (cpu.empty()) cpu = value("machine.type");
  if (cpu.empty() && !value("num_cpus").empty())
    cpu = value("num_cpus") + " CPUs" +
          (value("mhz_per_cpu").empty() || is_emulated(context)  // an emulator has no clock
               ? ""
               : " of " + value("mhz_per_cpu") + " MHz");
  const auto page = size_of(context, "page_size_bytes");
  const auto memory = size_of(context, "memory_bytes");
  const auto colours = value("zero_page.colours");
  const auto virtualisation = value("machine.virtualisation");
  const auto place = value("host").empty() ? value("host_name") : value("host");
  const auto kernel = comma_list({kernel_of(context), value("arch"), place});
  return comma_list(
      {cpu, cache_of(context, "l1d", "L1d"), cache_of(context, "l2", "L2"),
       cache_of(context, "l3", "L3"), memory, page.empty() ? "" : page + " pages",
       colours.empty() ? "" : colours + (colours == "1" ? " zero page" : " zero pages"),
       virtualisation.empty() || virtualisation == "none"
           ? ""
           : "virtual machine (" + virtualisation + ")",
       labelled("governor ", "cpu.governor"), labelled("thp ", "thp.enabled"), kernel});
}

std::string host_line(const ResultSet& set) {
  auto context = set.context();
  if (const auto hosts = hosts_of(set); hosts > 1) context["host"] = fmt::format("{} hosts", hosts);
  return host_line(context);
}

bool frame_numbers_are_real(const ResultSet& set) {
  return std::ranges::all_of(set.runs(), [](const Run& run) {
    return context_value(run.context(), "machine.virtualisation") == "none" ||
           run.probe_value("probe.huge_pages") == "huge";
  });
}

std::optional<L2Sets> l2_sets(const ResultSet& set) {
  // A foreign file may hold any number.
  constexpr std::uint64_t kMostColours = 1 << 20;
  const auto number = [&set](const char* key) {
    return parse_whole<std::uint64_t>(set.context_value(key)).value_or(0);
  };
  const auto ways = number("cache.l2.ways"), page = number("page_size_bytes");
  if (ways == 0 || page == 0) return std::nullopt;
  const auto colours = number("cache.l2.size_bytes") / ways / page;
  return colours >= 1 && colours <= kMostColours ? std::optional(L2Sets{colours, ways})
                                                 : std::nullopt;
}

bool is_emulated(const ResultSet& set) {
  return std::ranges::any_of(set.runs(), [](const Run& run) {
    return std::ranges::any_of(run.files,
                               [](const ResultFile& file) { return is_emulated(file.context); });
  });
}

std::string disturbed_count(const ResultSet& set) {
  std::size_t disturbed = 0, all = 0;
  for (const auto* file : set.files()) {
    disturbed += file->disturbed.count;
    for (std::size_t cell = 0; cell < file->cell_count(); ++cell) all += file->rows_of(cell).size();
  }
  if (disturbed == 0 || is_emulated(set)) return {};
  return fmt::format("{} of {} repetitions {} disturbed", disturbed, all,
                     disturbed == 1 ? "was" : "were");
}

std::string disturbance_in(const ResultSet& set) {
  const auto count = disturbed_count(set);
  if (count.empty()) return {};
  return count +
         ", by other work on these CPUs, a quota, a hypervisor, or more threads than CPUs. What "
         "was disturbed is among the figures, which may be too slow.";
}

std::string unproven_in(const ResultSet& set) {
  std::size_t strong = 0, weak = 0, missing = 0;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto census = set.census(cell);
    strong += census == CensusClass::kStrong ? 1 : 0;
    weak += census == CensusClass::kWeak ? 1 : 0;
    missing += census == CensusClass::kMissing ? 1 : 0;
  }
  const auto of_cells = [all = strong + weak + missing](std::size_t count) {
    return count == all ? std::string() : fmt::format(" in {} of {} cells", count, all);
  };
  std::string text;
  if (weak > 0)
    text = fmt::format("census: weak{}: the frames themselves were not seen", of_cells(weak));
  if (missing > 0)
    text += fmt::format("{}no census{}: the placement was not proven", text.empty() ? "" : "; ",
                        of_cells(missing));
  return text;
}

}  // namespace zp::analysis
