// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "analysis/views/loop_table.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

constexpr double kAtRoof = 0.8;
constexpr double kAboveRoof = 1.05;
constexpr std::size_t kLeastPasses = 3;

std::string readable(const std::string& table_bytes) {
  const auto bytes = parse_number(table_bytes);
  return bytes ? human_size(*bytes) : table_bytes;
}

// "ksm_coloured:128" over two lines: "ksm", "coloured:128".
std::pair<std::string, std::string> heading_of(const std::string& placement) {
  const auto cut = placement.find('_');
  if (cut == std::string::npos) return {"", shorten(placement, 14)};
  return {shorten(placement.substr(0, cut), 14), shorten(placement.substr(cut + 1), 14)};
}

std::string figures(const LoopTable& table) {
  TextTable text(2, 1);
  std::vector<std::string> above{""}, below{"GB/s"};
  for (const auto& placement : table.placements) {
    const auto [first, second] = heading_of(placement);
    above.push_back(first);
    below.push_back(second);
  }
  text.add_row(above);
  text.add_row(below);
  for (const auto& loop : table.loops) {
    std::vector<std::string> line{shorten(loop, 20)};
    for (const auto& placement : table.placements) {
      const auto* speed = table.find(loop, placement);
      line.push_back(speed == nullptr ? "-" : three_digits(speed->median / 1e9));
    }
    text.add_row(line);
  }
  return text.text();
}

// "column 2.1, gather 1.6"
std::string listed(const std::vector<std::pair<std::string, double>>& ratios) {
  std::string text;
  for (const auto& [loop, ratio] : ratios)
    text += (text.empty() ? "" : ", ") + shorten(loop, 40) + " " + three_digits(ratio);
  return text;
}

std::string sentence(const LoopTable& table, const std::string& question, const std::string& base,
                     const std::string& other, std::size_t width) {
  const auto found = contrast(table, base, other);
  const std::size_t all = found.faster.size() + found.slower.size() + found.alike.size();
  if (all == 0) return "";
  std::string text = fmt::format("{} {} against {}: ", question, other, base);
  if (!found.faster.empty())
    text +=
        fmt::format("{} of {} faster, times: {}; ", found.faster.size(), all, listed(found.faster));
  if (!found.slower.empty())
    text +=
        fmt::format("{} of {} slower, times: {}; ", found.slower.size(), all, listed(found.slower));
  text += found.alike.size() == all ? fmt::format("none of {} differs.", all)
          : found.alike.empty()     ? "none is alike."
                                : fmt::format("the other {} do not differ.", found.alike.size());
  return paragraph("- " + text, width, 2);
}

std::string most_coloured(const LoopTable& table) {
  std::string found;
  for (const auto& placement : table.placements)
    if (placement.starts_with("ksm_coloured:") && placement != "ksm_coloured:1") found = placement;
  return found;
}

std::string at_roof(const LoopTable& table, std::size_t width) {
  std::string roofs, loops;
  for (const auto& [level, speed] : table.roofs)
    roofs += fmt::format("{}{} {}", roofs.empty() ? "" : ", ", level, three_digits(speed / 1e9));
  if (roofs.empty()) return "";
  for (const auto& loop : table.loops) {
    const auto reaches = [&](const std::string& placement) {
      const auto* speed = table.find(loop, placement);
      return speed != nullptr && speed->roof_share.value_or(0) >= kAtRoof;
    };
    const auto count = std::count_if(table.placements.begin(), table.placements.end(), reaches);
    if (count != 0)
      loops += fmt::format("{}{} ({} of {} placements)", loops.empty() ? "" : ", ",
                           shorten(loop, 40), count, table.placements.size());
  }
  const bool beaten = std::any_of(table.speeds.begin(), table.speeds.end(), [](const auto& speed) {
    return speed.second.roof_share.value_or(0) > kAboveRoof;
  });
  if (beaten) loops = "not told, since some loop is above its roof: the machine was not quiet";
  return paragraph(
      fmt::format("- This CPU's read roofs, GB/s: {}. At {:.0f} % or more of the roof above their "
                  "frames: {}.",
                  roofs, kAtRoof * 100, loops.empty() ? "none" : loops),
      width, 2);
}

}  // namespace

std::string render_loop_table(const LoopTable& table, std::size_t width) {
  std::string text;
  if (!table.loops.empty())
    text += paragraph(fmt::format("Does my program care? GB/s of a table of {} that each program "
                                  "gets through, by placement (medians of {}):",
                                  readable(table.table_bytes), table.fewest),
                      width, 2) +
            "\n" + figures(table) + "\n";
  if (table.passes >= kLeastPasses && table.fewest >= kLeastPasses) {
    const std::string colours = most_coloured(table);
    text += sentence(table, "The zero page?", "private", "read_fault", width);
    text += sentence(table, "The knob, as people run it?", "ksm_default", "ksm_zero_page", width);
    if (!colours.empty()) text += sentence(table, "Colours?", "ksm_zero_page", colours, width);
    text += sentence(table, "Huge pages?", "read_fault", "huge_zero", width);
    text += at_roof(table, width);
    text += paragraph(
        "  Different is where every sample of one is above every sample of the other, by 5 % or "
        "more in the median.",
        width, 2);
  } else if (!table.loops.empty()) {
    text += paragraph(fmt::format("  Fewer than {} passes: too few to say more.", kLeastPasses),
                      width, 2);
  }
  for (const auto& gap : table.unmeasured) {
    std::string where;
    for (const auto& placement : gap.placements)
      where += (where.empty() ? " on " : ", ") + shorten(placement, 40);
    text +=
        paragraph("  " + shorten(gap.loop, 40) + where + ": " + shorten(gap.reason, 400), width, 4);
  }
  return text;
}

}  // namespace zp::analysis
