// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

constexpr const char* kSlow = "ksm_single";
// What one frame is held against: the first of these that was measured.
constexpr const char* kBases[] = {"ksm_zero_page", "ksm_coloured:8", "memfd_coloured:8", "private"};

struct Ratio {
  double ratio;
  bool apart;
};

struct Map {
  std::vector<NamePart> common;
  std::map<std::string, std::map<std::string, Ratio, decltype(&natural_less)>,
           decltype(&natural_less)>
      ratios{&natural_less};  // table size -> stride -> ratio
};

// The intervals do not overlap; a single value has none.
bool are_apart(const Summary& one, const Summary& other) {
  if (!one.has_interval() || !other.has_interval()) return false;
  return one.interval.low > other.interval.high || other.interval.low > one.interval.high;
}

// Blocks that differ in table size alone belong to one map.
std::map<std::string, Map> maps_of(const PlacementTable& table, const std::string& base) {
  std::map<std::string, Map> maps;
  for (const auto& block : table.blocks) {
    const auto* slow = block.find(kSlow);
    const auto* fast = block.find(base);
    if (slow == nullptr || fast == nullptr) continue;
    std::string size = "?";
    std::vector<NamePart> common;
    std::string key;
    for (const auto& part : block.common) {
      if (part.key == "table") {
        size = part.value;
        continue;
      }
      common.push_back(part);
      key += part.key + ':' + part.value + '/';
    }
    auto& map = maps[key];
    map.common = common;
    auto& row = map.ratios.try_emplace(size, &natural_less).first->second;
    for (std::size_t s = 0; s < block.whole_strides.size(); ++s)
      if (slow->cells[s] && fast->cells[s] && fast->cells[s]->median > 0)
        row[block.whole_strides[s]] = {slow->cells[s]->median / fast->cells[s]->median,
                                       are_apart(*slow->cells[s], *fast->cells[s])};
  }
  return maps;
}

// All white there is nothing to see.
bool any_apart(const Map& map) {
  for (const auto& [size, row] : map.ratios)
    for (const auto& [stride, ratio] : row)
      if (ratio.apart) return true;
  return false;
}

Plot one_map(const Map& map, const std::string& base, const ResultSet& set,
             const std::string& name) {
  Plot plot{.name = name, .caption = {}, .setup = "$map << EOD\n", .draw = {}};
  std::set<std::string, decltype(&natural_less)> strides(&natural_less);
  for (const auto& [size, row] : map.ratios)
    for (const auto& [stride, ratio] : row) strides.insert(stride);
  std::vector<std::string> sizes;
  double largest = 1.2;
  std::size_t x = 0;
  for (const auto& [size, row] : map.ratios) {
    sizes.push_back(exact_size_of(size));
    std::size_t y = 0;
    for (const auto& stride : strides) {
      if (const auto ratio = row.find(stride); ratio != row.end()) {
        const auto [times, apart] = ratio->second;
        plot.setup +=
            fmt::format("{} {} {} {}\n", x, y, apart ? std::log2(times) : 0.0, three_digits(times));
        if (apart) largest = std::max({largest, times, 1 / times});
      }
      ++y;
    }
    ++x;
  }
  plot.height_px = std::clamp(static_cast<int>(160 + 60 * strides.size()), 320, 1200);
  plot.setup += "EOD\nset ytics (" + tics_of({strides.begin(), strides.end()}, 14) + ")\n";
  plot.setup +=
      fmt::format("set xrange [-0.5:{}]\nset yrange [-0.5:{}]\n", static_cast<double>(x) - 0.5,
                  static_cast<double>(strides.size()) - 0.5);
  // Blue, white, orange: equal steps to both sides of "no difference", on a logarithmic scale.
  plot.setup += "set palette defined (-1 '#0072B2', 0 '#f7f7f7', 1 '#D55E00')\n";
  plot.setup += fmt::format(
      "set cbrange [{0}:{1}]\nset cbtics ('1/{2:.1f}' {0}, '1' 0, '{2:.1f}' "
      "{1})\n",
      -std::log2(largest), std::log2(largest), largest);
  plot.setup += "set xlabel 'table size'\nset ylabel 'stride between reads (bytes)'\n";
  plot.title = title_of(fmt::format("Time of {} relative to {}", kSlow, base),
                        block_title(map.common), set.context());
  plot.draw = word_tics(sizes) +
              "unset grid\nunset key\n"
              "set cbtics textcolor rgb ink\n"
              "plot $map using 1:2:(0.5):(0.5):3 with boxxyerror fs solid 1 noborder lc palette, "
              "\\\n  $map using 1:2:4 with labels textcolor rgb '#000000'\n";
  plot.caption = fmt::format(
      "Time of {} divided by time of {}, for each stride and table size; "
      "above 1 the single frame is slower; white where the intervals of the two overlap, or a "
      "single value has none.",
      kSlow, base);
  return plot;
}

}  // namespace

std::vector<Plot> plot_heat_map(const PlacementTable& table, const ResultSet& set) {
  for (const char* base : kBases) {
    std::vector<Plot> plots;
    for (const auto& [key, map] : maps_of(table, base))
      if (map.ratios.size() > 1 && any_apart(map))
        plots.push_back(one_map(map, base, set, plot_name("heatmap", map.common, plots)));
    if (!plots.empty()) return plots;
  }
  return {};
}

}  // namespace zp::analysis
