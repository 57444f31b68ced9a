// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analysis/text/ascii.hpp"
#include "analysis/views/loop_table.hpp"

namespace zp::analysis {
namespace {

constexpr double kAtRoof = 0.8;
constexpr double kAboveRoof = 1.05;
constexpr std::size_t kLeastPasses = 3;

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

// "15 of 18 faster, 1.4 to 6.6 times: memchr 6.60, memcmp 5.62, ..."
std::string counted(const std::vector<std::pair<std::string, double>>& ratios, std::size_t all,
                    const char* how) {
  if (ratios.empty()) return "";
  std::string text = fmt::format("{} {}, {}",
                                 ratios.size() == all ? fmt::format("all {}", all)
                                                      : fmt::format("{} of {}", ratios.size(), all),
                                 how, three_digits(ratios.back().second));
  if (ratios.size() > 1) text += " to " + three_digits(ratios.front().second);
  text += " times (";
  for (std::size_t i = 0; i < std::min(kNamed, ratios.size()); ++i)
    text +=
        (i == 0 ? "" : ", ") + shorten(ratios[i].first, 40) + " " + three_digits(ratios[i].second);
  return text + (ratios.size() > kNamed ? ", ...); " : "); ");
}

// "ksm_zero_page against ksm_default: none of 18 differs."; "" where no program has both.
std::string answer(const LoopTable& table, const std::string& base, const std::string& other) {
  const auto found = contrast(table, base, other);
  const std::size_t all = found.faster.size() + found.slower.size() + found.alike.size();
  if (all == 0) return "";
  std::string text = fmt::format("{} against {}: ", other, base) +
                     counted(found.faster, all, "faster") + counted(found.slower, all, "slower");
  if (found.alike.size() == all)
    text += fmt::format("none of {} differs.", all);
  else if (found.alike.empty())
    text.replace(text.size() - 2, 2, ".");
  else if (found.alike.size() <= 2 * kNamed)
    text += "no difference seen: " + listed(found.alike) + ".";
  else
    text += fmt::format("no difference seen in the other {}.", found.alike.size());
  return text;
}

std::string sentence(const LoopTable& table, const std::string& question, const std::string& base,
                     const std::string& other, std::size_t width) {
  const auto text = answer(table, base, other);
  return text.empty() ? text : paragraph("- " + question + " " + text, width, 2);
}

bool is_enough(const LoopTable& table) {
  return table.passes >= kLeastPasses && table.fewest >= kLeastPasses;
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
  for (const auto& loop : table.rows) {
    const auto reaches = [&](const std::string& placement) {
      const auto* speed = table.find(loop, placement);
      return speed != nullptr && speed->roof_share.value_or(0) >= kAtRoof;
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
  if (!is_enough(table)) return {};
  std::string text;
  for (const auto& [base, other] :
       {std::pair{"ksm_default", "ksm_zero_page"}, std::pair{"private", "read_fault"}})
    if (const auto part = answer(table, base, other); !part.empty())
      text += (text.empty() ? fmt::format("Programs over a table of {}: ", table.table_size())
                            : std::string(" ")) +
              part;
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
  } else if (!table.rows.empty()) {
    text += paragraph(fmt::format("  Fewer than {} passes: too few to say more.", kLeastPasses),
                      width, 2);
  }
  text += render_unmeasured(table, width);
  for (const auto& part :
       {render_mixed_table(table.mixed, width, table.mixed.passes >= kLeastPasses),
        render_readers_table(table.readers, width, table.readers.passes >= kLeastPasses)})
    if (!part.empty()) text += (text.empty() ? "" : "\n") + part;
  return text;
}

}  // namespace zp::analysis
