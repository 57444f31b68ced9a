// SPDX-License-Identifier: MIT
#include "analysis/render/host.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

std::string value_of(const Context& context, std::string_view key) {
  const auto found = context.find(key);
  return found == context.end() ? std::string() : found->second;
}

std::string size_of(const Context& context, std::string_view key) {
  const auto text = value_of(context, key);
  std::uint64_t bytes = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (failed != std::errc() || end != text.data() + text.size()) return {};
  return human_size(bytes);
}

std::string cache_of(const Context& context, const std::string& level, const char* shown) {
  const auto size = size_of(context, "cache." + level + ".size_bytes");
  if (size.empty()) return {};
  const auto ways = value_of(context, "cache." + level + ".ways");
  return fmt::format("{} {}{}", shown, size, ways.empty() ? "" : " " + ways + "-way");
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) {
    if (part.empty()) continue;
    if (!text.empty()) text += ", ";
    text += part;
  }
  return text;
}

}  // namespace

bool is_emulated(const Context& context) {
  return value_of(context, "machine.emulated") == "true";
}

std::string kernel_of(const Context& context) {
  const auto release = value_of(context, "kernel.release");
  return release.empty() ? std::string() : "Linux " + release;
}

std::string host_line(const Context& context) {
  const auto value = [&](std::string_view key) { return value_of(context, key); };
  const auto labelled = [&](const char* label, std::string_view key) {
    const auto text = value(key);
    return text.empty() || text == "unknown" ? std::string() : label + text;
  };
  std::string cpu = value("cpu.model");
  if (cpu.empty()) cpu = value("machine.type");
  if (cpu.empty() && !value("num_cpus").empty())
    cpu = value("num_cpus") + " CPUs" +
          (value("mhz_per_cpu").empty() ? "" : " of " + value("mhz_per_cpu") + " MHz");
  const auto page = size_of(context, "page_size_bytes");
  const auto memory = size_of(context, "memory_bytes");
  const auto colours = value("zero_page.colours");
  const auto virtualisation = value("machine.virtualisation");
  const auto place = value("host").empty() ? value("host_name") : value("host");
  const auto kernel = joined({kernel_of(context), value("arch"), place});
  return joined({cpu, cache_of(context, "l1d", "L1d"), cache_of(context, "l2", "L2"),
                 cache_of(context, "l3", "L3"), memory, page.empty() ? "" : page + " pages",
                 colours.empty() ? "" : colours + (colours == "1" ? " zero page" : " zero pages"),
                 virtualisation.empty() || virtualisation == "none"
                     ? ""
                     : "virtual machine (" + virtualisation + ")",
                 labelled("governor ", "cpu.governor"), labelled("thp ", "thp.enabled"), kernel});
}

bool is_emulated(const ResultSet& set) {
  return std::any_of(set.runs().begin(), set.runs().end(),
                     [](const Run& run) { return is_emulated(run.context()); });
}

}  // namespace zp::analysis
