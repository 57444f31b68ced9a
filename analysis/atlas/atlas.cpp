// SPDX-License-Identifier: MIT
#include "analysis/atlas/atlas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "analysis/colours/advice.hpp"
#include "analysis/compare/comparability.hpp"
#include "analysis/load/units.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/plain_names.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {
namespace {

// Where one frame was seen to matter (docs/why.md), as cells are named.
struct NamedCell {
  const char* label;
  const char* name;
};
constexpr std::array kCostCells{
    NamedCell{"sequential 1024", "read/table:67108864/stride:1024/walk:sequential/threads:1"},
    NamedCell{"random 4096/fixed",
              "read/table:67108864/stride:4096/walk:random/offset:fixed/threads:1"},
};

// One frame, and eight: by KSM, or without it where there was no root.
constexpr std::array<std::pair<const char*, const char*>, 2> kOneAndEight{
    {{"ksm_single", "ksm_coloured:8"}, {"memfd_coloured:1", "memfd_coloured:8"}}};

std::vector<OneFrameCost> costs_of(const ResultSet& set) {
  for (const auto& [one, eight] : kOneAndEight) {
    const auto pairs = cell_pairs(set, eight, one);
    const auto changes = paired_changes(pairs);
    std::vector<OneFrameCost> costs;
    for (const auto& cell : kCostCells)
      for (std::size_t i = 0; i < pairs.size(); ++i)
        if (pairs[i].name == cell.name) costs.push_back({cell.label, changes[i]});
    if (!costs.empty()) return costs;
  }
  return {};
}

// That have a part of the sweep of this table by this walk; others decide nothing of it.
std::size_t passes_of(const ResultSet& set, const ColourAdvice& sweep) {
  const auto is_part = [&](std::string name) {
    name += '/';
    return name.find("/placement:" + sweep.made_by + ":") != name.npos &&
           std::ranges::all_of(sweep.common, [&](const NamePart& part) {
             return (part.key != "walk" && part.key != "table") ||
                    name.find(fmt::format("/{}:{}/", part.key, part.value)) != name.npos;
           });
  };
  const auto files = set.files();
  return static_cast<std::size_t>(std::ranges::count_if(files, [&](const ResultFile* file) {
    for (std::size_t cell = 0; cell < file->cell_count(); ++cell)
      if (is_part(file->cell_name(cell))) return true;
    return false;
  }));
}

// The walks of a 64 MiB table, each by the first sweep that has it in enough passes.
std::vector<std::string> suffices_of(const ResultSet& set) {
  const auto advice = advise_colours(set);
  if (!advice) return {};
  std::vector<std::string> texts;
  std::set<std::string> walks;
  std::map<std::string, std::size_t> few;  // passes
  for (const auto& one : *advice) {
    std::string walk, table;
    for (const NamePart& part : one.common) {
      if (part.key == "walk") walk = part.value;
      if (part.key == "table") table = part.value;
    }
    if (table != "67108864" || walk.empty() || walks.contains(walk)) continue;
    if (const auto passes = passes_of(set, one); passes < kLeastUnits) {
      few[walk] = std::max(few[walk], passes);
      continue;
    }
    walks.insert(walk);
    const char* bound = one.overall_is_bound ? "at most " : "";
    texts.push_back(walk + ": " +
                    (one.overall             ? fmt::format("{}{}", bound, *one.overall)
                     : !one.overall_is_bound ? "depends on the stride"
                                             : "not measured at every stride"));
  }
  const bool none = texts.empty();
  for (const auto& [walk, passes] : few) {
    const auto text = fmt::format("not known from {} pass{}", passes, passes == 1 ? "" : "es");
    if (none && texts != std::vector{text}) texts.push_back(text);
    if (!none && !walks.contains(walk)) texts.push_back(walk + ": " + text);
  }
  return texts;
}

std::string machine_of(const ResultSet& set) {
  const auto virtualisation = std::string(set.context_value("machine.virtualisation"));
  if (is_emulated(set))
    return virtualisation.empty() ? "emulated" : "emulated (" + virtualisation + ")";
  if (virtualisation.empty() || virtualisation == "none") return "hardware";
  return "virtual machine (" + virtualisation + ")";
}

void add_rule(AtlasEntry& entry) {
  entry.rule = entry.set.probe_value("probe.found");
  if (!entry.rule.empty()) {
    entry.rule_source = "measured by zpbench --probe";
    // What it takes in cycles differs a little from run to run.
    const auto rule_of = [](std::string_view found) { return found.substr(0, found.find(';')); };
    std::set<std::string_view> others;
    for (const Run& run : entry.set.runs())
      if (const auto found = rule_of(run.probe_value("probe.found")); !found.empty())
        others.insert(found);
    others.erase(rule_of(entry.rule));
    if (!others.empty())
      entry.rule_source += fmt::format("; in other runs it found: {}", fmt::join(others, "; "));
  } else if (const auto cpus = entry.set.context_value("model.cpu");
             entry.emulated && !cpus.empty()) {
    entry.rule_source = "described, not measured: " + std::string(cpus);
  }
}

// Runs that don't record their boots can't be told from several of one boot: those that do are
// taken without them. Where none does, few decide nothing together: then the one that holds the
// most speaks for all. nullopt: all together.
std::optional<ResultSet> spokesmen(const ResultSet& set, std::string& of) {
  std::vector<Run> recorded;
  for (const Run& run : set.runs())
    if (std::ranges::none_of(run.files, [](const auto& file) { return boot_of(file).empty(); }))
      recorded.push_back(run);
  const auto others = set.runs().size() - recorded.size();
  if (others == 0 || set.runs().size() == 1) return std::nullopt;
  if (!recorded.empty()) {
    of = fmt::format("Times are those of {} run{}: {} more record{} no boot.", recorded.size(),
                     recorded.size() == 1 ? "" : "s", others, others == 1 ? "s" : "");
    return ResultSet(std::move(recorded));
  }
  std::pair<std::size_t, std::size_t> most;
  std::optional<ResultSet> found;
  for (const Run& run : set.runs()) {
    ResultSet alone({run});
    const auto knob = knob_table(alone);
    if (const std::pair size(knob.row_count(), knob.units); !found || size > most) {
      most = size;
      found.emplace(std::move(alone));
    }
  }
  of = "The runs don't record their boots, so times are those of the one that holds the most, " +
       shorten(found->runs().front().path, 300) + ".";
  return found;
}

bool may_be_pooled(const Context& one, const Context& other) {
  return machine_differences(one, other).empty() && kernel_differences(one, other).empty();
}

// Of the first run that says it.
std::string version_of(const std::vector<Run>& runs) {
  for (const Run& run : runs)
    if (auto version = context_value(run.context(), "kernel.version"); !version.empty())
      return version;
  return {};
}

bool is_mixed(const Run& run) {
  return !std::ranges::all_of(run.files, [&](const ResultFile& file) {
    return may_be_pooled(run.context(), file.context);
  });
}

// Hosts are counted, not named: a page is for everybody.
std::string difference_of(const ResultSet& set) {
  const ResultSet* const side = &set;
  auto [all, noted] = check_comparability({&side, 1});
  std::ranges::move(noted, std::back_inserter(all));
  std::erase_if(all, [](const Difference& one) {
    return one.base.empty() || one.other.empty() || one.field == "host" || one.field == "host.id";
  });
  return all.empty() ? "" : "Runs are taken together that differ:" + difference_words(all) + ".";
}

AtlasEntry entry_of(ResultSet all) {
  AtlasEntry entry{.set = std::move(all)};
  entry.kernel = kernel_of(entry.set.context());
  entry.machine = machine_of(entry.set);
  entry.emulated = is_emulated(entry.set);
  entry.zero_pages = entry.set.context_value("zero_page.colours");
  entry.differs = difference_of(entry.set);
  add_rule(entry);
  if (entry.emulated) return entry;
  const auto some = spokesmen(entry.set, entry.times_of);
  const ResultSet& timed = some ? *some : entry.set;
  entry.costs = costs_of(timed);
  entry.suffices = suffices_of(timed);
  entry.knob = knob_table(timed);
  return entry;
}

// "amd-epyc-family-25-model-1-zen-3", as the file of its page begins.
std::string slug_of(std::string_view cpu) {
  std::string slug;
  for (const char c : cpu) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      slug += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!slug.empty() && slug.back() != '-')
      slug += '-';
    if (slug.size() >= 60) break;
  }
  while (slug.ends_with('-')) slug.pop_back();
  return slug.empty() || slug == "index" ? "cpu" : slug;
}

struct NaturalOrder {
  bool operator()(const std::string& a, const std::string& b) const { return natural_less(a, b); }
};

}  // namespace

Atlas make_atlas(ResultSet set) {
  Atlas atlas;
  atlas.missing_passes = set.missing_passes();
  // CPU, then kernel and what it ran on.
  using Groups = std::vector<std::vector<Run>>;
  std::map<std::string, std::map<std::string, Groups, NaturalOrder>> rows;
  for (Run& run : std::move(set).release()) {
    const Context& context = run.context();
    const auto cpu = cpu_text(context), kernel = kernel_of(context);
    if (cpu.empty() || kernel.empty() || context_value(context, "arch").empty()) {
      ++atlas.left_out;
      continue;
    }
    if (is_mixed(run)) {
      ++atlas.mixed;
      continue;
    }
    ++atlas.runs;
    const std::string name = cpu + (is_emulated(context) ? ", emulated" : "");
    std::string key = kernel;
    for (const auto* of_row : {"arch", "page_size_bytes", "machine.virtualisation"})
      key.append(" ").append(context_value(context, of_row));
    Groups& groups = rows[name][key];
    const auto group = std::ranges::find_if(groups, [&](const std::vector<Run>& runs) {
      return std::ranges::all_of(
          runs, [&](const Run& other) { return may_be_pooled(other.context(), context); });
    });
    (group == groups.end() ? groups.emplace_back() : *group).push_back(std::move(run));
  }
  PlainNames slugs(slug_of);
  for (auto& [cpu, kernels] : rows) {
    AtlasCpu page{.cpu = cpu, .file = slugs(cpu) + ".html", .kernels = {}};
    for (auto& [key, groups] : kernels) {
      // Built anew, a kernel keeps its release.
      std::set<std::string> versions;
      for (const auto& runs : groups) versions.insert(version_of(runs));
      for (auto& runs : groups) {
        const auto version = versions.size() > 1 ? " " + version_of(runs) : "";
        page.kernels.push_back(entry_of(ResultSet(std::move(runs))));
        page.kernels.back().kernel += version;
      }
    }
    atlas.cpus.push_back(std::move(page));
  }
  return atlas;
}

}  // namespace zp::analysis
