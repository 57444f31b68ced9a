// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analysis/text/ascii.hpp"
#include "analysis/views/loop_table.hpp"

namespace zp::analysis {
namespace {

constexpr double kAtRoof = 0.8;
constexpr double kAboveRoof = 1.05;

std::string figures(const LoopTable& table) {
  return render_grid(table, "GB/s", 20, [&](const auto& loop, const auto& placement) {
    const auto* speed = table.find(loop, placement);
    return speed == nullptr ? "-" : three_digits(speed->median / 1e9);
  });
}

constexpr std::size_t kNamed = 4;

std::string listed(const std::vector<std::string>& loops) {
  std::string text;
  for (const auto& loop : loops) text += (text.empty() ? "" : ", ") + shorten(loop, 40);
  return text;
}

std::string share_of(std::size_t count, std::size_t all) {
  return count == all ? fmt::format("all {}", all) : fmt::format("{} of {}", count, all);
}

// "15 of 18 faster, 1.4 to 6.6 times (memchr 6.60, memcmp 5.62, ...)"
std::string counted(const std::vector<std::pair<std::string, double>>& ratios, std::size_t all,
                    const char* how) {
  const auto least = three_digits(ratios.back().second), most = three_digits(ratios.front().second);
  auto text = fmt::format("{} {}, {}{} times (", share_of(ratios.size(), all), how, least,
                          most == least ? "" : " to " + most);
  for (std::size_t i = 0; i < std::min(kNamed, ratios.size()); ++i)
    text +=
        (i == 0 ? "" : ", ") + shorten(ratios[i].first, 40) + " " + three_digits(ratios[i].second);
  return text + (ratios.size() > kNamed ? ", ...)" : ")");
}

std::string named_or(const std::vector<std::string>& loops, const char* before,
                     const std::string& otherwise) {
  return loops.size() <= 2 * kNamed ? before + listed(loops) : otherwise;
}

// "ksm_zero_page against ksm_default: no difference seen in any of 18."
std::string answer(const LoopContrast& found, Unit unit) {
  const auto all = found.judged();
  std::vector<std::string> parts;
  if (!found.faster.empty()) parts.push_back(counted(found.faster, all, "faster"));
  if (!found.slower.empty()) parts.push_back(counted(found.slower, all, "slower"));
  if (const auto count = found.disturbed.size(); count > 0)
    parts.push_back(fmt::format("{} undecided, as most repetitions of one side were disturbed{}",
                                share_of(count, all),
                                count == all ? "" : named_or(found.disturbed, ": ", "")));
  if (const auto count = found.alike.size(); count > 0)
    parts.push_back(count == all
                        ? fmt::format("no difference seen in any of {}", all)
                        : named_or(found.alike, "no difference seen: ",
                                   fmt::format("no difference seen in the other {}", count)));
  if (const auto count = found.few.size(); count > 0)
    parts.push_back(fmt::format(
        "fewer than {} {} have both{}", kLeastUnits, units_word(unit),
        all == 0 ? "" : named_or(found.few, " of ", fmt::format(" of {} more", count))));
  return fmt::format("{} against {}: {}.", found.other, found.base, fmt::join(parts, "; "));
}

bool is_enough(const LoopTable& table) {
  if (!table.contrasts.empty())
    return std::ranges::any_of(table.contrasts,
                               [](const LoopContrast& one) { return one.judged() > 0; });
  return std::ranges::any_of(table.speeds,
                             [](const auto& speed) { return speed.second.units >= kLeastUnits; });
}

std::string at_roof(const LoopTable& table, std::size_t width) {
  std::string roofs, loops;
  for (const auto& [level, speed] : table.roofs)
    roofs += fmt::format("{}{} {}", roofs.empty() ? "" : ", ", level, three_digits(speed / 1e9));
  if (roofs.empty()) return "";
  for (const auto& loop : table.rows) {
    const auto reaches = [&](const std::string& placement) {
      const auto* speed = table.find(loop, placement);
      return speed != nullptr && speed->units >= kLeastUnits &&
             speed->roof_share.value_or(0) >= kAtRoof;
    };
    const auto count = std::ranges::count_if(table.placements, reaches);
    if (count != 0)
      loops += fmt::format("{}{} ({} of {} placements)", loops.empty() ? "" : ", ",
                           shorten(loop, 40), count, table.placements.size());
  }
  const auto share = [](const auto& speed) { return speed.second.roof_share.value_or(0); };
  const auto most = std::ranges::max_element(table.speeds, {}, share);
  if (most != table.speeds.end() && share(*most) > kAboveRoof)
    loops = fmt::format(
        "not told, since {} over {} is {:.2f} times as fast as its roof, which was measured too "
        "low",
        shorten(most->first.first, 40), shorten(most->first.second, 40), share(*most));
  return paragraph(
      fmt::format("- This CPU's read roofs, GB/s: {}. At {:.0f} % or more of the roof above their "
                  "frames: {}.",
                  roofs, kAtRoof * 100, loops.empty() ? "none" : loops),
      width, 2);
}

}  // namespace

std::string program_finding(const LoopTable& table) {
  std::string text;
  for (const char* base : {"ksm_default", "private"})
    for (const auto& contrast : table.contrasts)
      if (contrast.base == base && contrast.judged() > 0)
        text += (text.empty() ? fmt::format("Programs over a table of {}: ", table.table_size())
                              : std::string(" ")) +
                answer(contrast, table.unit);
  return text;
}

std::string render_loop_table(const LoopTable& table, std::size_t width) {
  std::string text;
  if (!table.rows.empty())
    text += paragraph(fmt::format("Does my program care? GB/s of a table of {} that each program "
                                  "gets through, by placement (medians of {}):",
                                  table.table_size(), table.fewest),
                      width, 2) +
            "\n" + figures(table) + "\n";
  if (is_enough(table)) {
    for (const auto& contrast : table.contrasts)
      text += paragraph("- " + contrast.question + " " + answer(contrast, table.unit), width, 2);
    text += at_roof(table, width);
    if (!table.contrasts.empty())
      text += paragraph(
          fmt::format("  Different is beyond doubt: p < {} after Holm over the programs (moderated "
                      "t of differences within a {}), as in compare --by placement.",
                      kAlpha, unit_word(table.unit)),
          width, 2);
  } else if (!table.rows.empty()) {
    text += paragraph(fmt::format("  Fewer than {} {}: too few to say more.", kLeastUnits,
                                  units_word(table.unit)),
                      width, 2);
  }
  text += render_unmeasured(table, width);
  for (const auto& part :
       {render_mixed_table(table.mixed, width), render_readers_table(table.readers, width)})
    if (!part.empty()) text += (text.empty() ? "" : "\n") + part;
  return text;
}

}  // namespace zp::analysis
