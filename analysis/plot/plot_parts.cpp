// SPDX-License-Identifier: MIT
#include "analysis/plot/plot_parts.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/colours/advice.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kLongestName = 100;  // of a file, without ending and number

// CPU and kernel only: a title has no room for the caches.
std::string short_host(const Context& context) {
  constexpr std::size_t kLongestCpu = 44;
  auto text = cpu_text(context);
  if (text.size() > kLongestCpu) text = short_cpu_text(context);  // of long ones the name says most
  text = shorten(text, kLongestCpu);
  const auto kernel = shorten(kernel_of(context), 30);
  if (!kernel.empty()) text += (text.empty() ? "" : ", ") + kernel;
  return is_emulated(context) ? "EMULATED: " + text : text;
}

// Two tics at least say what lies between them.
constexpr std::size_t kFewestTics = 3;

// Some three to six equal steps apart.
std::vector<double> even_tics(double from, double to) {
  const double least = (to - from) / 5, unit = std::pow(10, std::floor(std::log10(least)));
  double step = 10 * unit;
  for (const double times : {5.0, 2.0, 1.0})
    if (times * unit >= least) step = times * unit;
  std::vector<double> tics;
  for (double i = std::ceil(from / step); i * step <= to; ++i) tics.push_back(i * step);
  return tics;
}

}  // namespace

std::string conditions_of(const PlacementBlock& block) {
  return block_title(block.common) + (block.offsets.empty() ? "" : ", stride " + block.offsets);
}

std::string bar_ends(const std::optional<Interval>& interval, double factor) {
  return interval ? fmt::format("{} {}", interval->low * factor, interval->high * factor)
                  : "NaN NaN";
}

PlotTitle title_of(std::string_view what, std::string_view conditions, const Context& context) {
  PlotTitle title{std::string(what), std::string(conditions), short_host(context)};
  auto& first = title.what;
  if (!first.empty() && first[0] >= 'a' && first[0] <= 'z' && first.find('_') > first.find(' '))
    first[0] = static_cast<char>(first[0] - 'a' + 'A');  // a word, not an identifier
  return title;
}

std::vector<double> log_tics(double from, double to) {
  constexpr double kDecadesOfThree = 5, kMostDecades = 12;
  if (!(from > 1e-290 && std::isfinite(to))) return {};
  const double decades = std::log10(to) - std::log10(from);
  if (decades > kDecadesOfThree) {
    std::vector<double> powers;
    const double step = std::ceil(decades / kMostDecades);
    for (double power = std::ceil(std::log10(from) / step) * step; power <= std::log10(to);
         power += step)
      powers.push_back(std::pow(10, power));
    return powers;
  }
  const std::vector<double> steps =
      to / from > 20  ? std::vector{1.0, 2.0, 5.0}
      : to / from > 2 ? std::vector{1.0, 1.5, 2.0, 3.0, 5.0, 7.0}
                      : std::vector{1.0, 1.1, 1.2, 1.3, 1.5, 1.7, 2.0, 2.5, 3.0, 3.5,
                                    4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 8.0, 9.0};
  std::vector<double> tics;
  for (double decade = std::pow(10, std::floor(std::log10(from))); decade <= to; decade *= 10)
    for (const double step : steps)
      if (decade * step >= from && decade * step <= to) tics.push_back(decade * step);
  return tics.size() < kFewestTics && to / from > 1.001 ? even_tics(from, to) : tics;
}

std::string word_tics(const std::vector<std::string>& words) {
  constexpr std::size_t kLongest = 14, kFitBesideEachOther = 56;  // characters
  std::size_t longest = 0;
  for (const auto& word : words) longest = std::max(longest, word.size());
  const bool slanted = std::min(longest, kLongest) * words.size() > kFitBesideEachOther;
  return fmt::format("set xtics ({}) rotate by ({} ? -30 : 0)\n", tics_of(words, kLongest),
                     slanted ? "1" : "narrow");
}

std::string log_axis(std::string_view axis, const std::vector<double>& values, double factor) {
  const auto [low, high] = std::ranges::minmax_element(values);
  if (!(*low * factor > 1e-290))
    return fmt::format("unset logscale {0}\nset {0}range [*:*]\n", axis);
  const double from = *low * factor / 1.15;
  const double to = *high * factor * 1.15;
  std::string tics;
  for (const double at : log_tics(from, to))
    tics += fmt::format("{}'{:g}' {}", tics.empty() ? "" : ", ", at, at);
  return fmt::format("set logscale {0}\nset {0}range [{1}:{2}]\nset {0}tics ({3})\n", axis, from,
                     to, tics);
}

bool are_alike(const Summary& a, const Summary& b) {
  return within_noise(a, b) && within_noise(b, a);
}

std::string file_word(std::string_view text) {
  auto word = machine_name(shorten(text, 40));
  std::ranges::replace(word, '.', '_');
  std::transform(word.begin(), word.end(), word.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return word;
}

std::string plot_name(std::string_view kind, const std::vector<NamePart>& common,
                      const std::vector<Plot>& others) {
  std::string name(kind);
  for (const auto& part : common) {
    if (part.key == "threads" && part.value == "1") continue;
    auto word = part.value;
    if (const auto bytes = parse_size_bytes(part.value); part.key == "table" && bytes) {
      word = exact_size(*bytes);
      std::erase(word, ' ');
    } else if (part.key != "family" && part.key != "walk") {
      word = part.key + word;
    }
    name += "-" + file_word(word);
  }
  name.resize(std::min(name.size(), kLongestName));
  const auto taken = [&](const std::string& wanted) {
    return std::ranges::find(others, wanted, &Plot::name) != others.end();
  };
  if (!taken(name)) return name;
  std::size_t number = 2;
  while (taken(fmt::format("{}-{}", name, number))) ++number;
  return fmt::format("{}-{}", name, number);
}

}  // namespace zp::analysis
