// SPDX-License-Identifier: MIT
#include "analysis/rows/errors.hpp"

#include <algorithm>
#include <map>

#include "analysis/text/ascii.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {

std::vector<std::string> grouped_errors(const std::vector<ErrorRow>& errors) {
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  for (const auto& error : errors) {
    const auto name = parse_name(error.name);
    const auto placement = name.find("placement");
    ++counts[{std::string(placement ? *placement : std::string_view(error.name)), error.reason}];
  }
  std::vector<std::string> texts;
  for (const auto& [what, count] : counts)
    texts.push_back(fmt::format("{}{}: {}", shorten(what.first, 60),
                                count > 1 ? fmt::format(" ({} cells)", count) : std::string(),
                                shorten(what.second, 400)));
  return texts;
}

std::string error_list(const std::vector<ErrorRow>& errors, std::size_t width) {
  const auto texts = grouped_errors(errors);
  constexpr std::size_t kMostListed = 10;
  std::string list;
  for (std::size_t i = 0; i < std::min(texts.size(), kMostListed); ++i)
    list += paragraph("  " + texts[i], width, 4);
  if (texts.size() > kMostListed)
    list += fmt::format("  and {} more\n", texts.size() - kMostListed);
  return list;
}

}  // namespace zp::analysis
