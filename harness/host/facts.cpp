// SPDX-License-Identifier: MIT
#include "harness/host/facts.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "harness/host/boot_parameters.hpp"
#include "harness/host/cpu_model.hpp"
#include "harness/host/page_size.hpp"
#include "harness/host/siblings.hpp"
#include "harness/host/topology.hpp"
#include "harness/host/virtualisation.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

void add(Facts& facts, std::string key, const std::optional<std::string>& value) {
  if (value && !value->empty()) facts.emplace_back(std::move(key), *value);
}

// "32K" in sysfs, "32768K" in s390x's cpuinfo
std::uint64_t size_of(const std::optional<std::string>& text) {
  const auto size = parse_size_bytes(text.value_or(""));
  return size ? *size : 0;
}

std::string directory_of(const Roots& roots, int cpu) {
  return fmt::format("{}/devices/system/cpu/cpu{}", roots.sys, cpu);
}

std::optional<DataCache> from_sysfs(const std::string& cpu_directory, int level) {
  for (int index = 0; index < 8; ++index) {
    const std::string directory = fmt::format("{}/cache/index{}/", cpu_directory, index);
    const auto type = read_trimmed(directory + "type");
    if (!type) return std::nullopt;
    if (*type == "Instruction" || parse_number(read_trimmed(directory + "level").value_or("")) !=
                                      static_cast<std::uint64_t>(level))
      continue;
    const auto number = [&](const char* file) {
      return parse_number(read_trimmed(directory + file).value_or("")).value_or(0);
    };
    // An arm64 guest's kernel lists caches of which it knows nothing more.
    const auto bytes = size_of(read_trimmed(directory + "size"));
    if (bytes == 0) return std::nullopt;
    return DataCache{bytes, number("coherency_line_size"), number("ways_of_associativity")};
  }
  return std::nullopt;
}

// "cache0 : level=1 type=Data scope=Private size=128K line_size=256 associativity=8" (cache.c)
std::optional<DataCache> from_cpuinfo(const Roots& roots, int level) {
  const auto cpuinfo = read_trimmed(roots.proc + "/cpuinfo").value_or("");
  for (const std::string& line : split(cpuinfo, '\n')) {
    if (!line.starts_with("cache") ||
        line.find(fmt::format("level={} ", level)) == std::string::npos ||
        line.find("type=Instruction") != std::string::npos)
      continue;
    const auto value = [&](std::string_view key) -> std::string {
      for (const auto& word : split(line, ' '))
        if (word.starts_with(key)) return word.substr(key.size());
      return "";
    };
    return DataCache{size_of(value("size=")), parse_number(value("line_size=")).value_or(0),
                     parse_number(value("associativity=")).value_or(0)};
  }
  return std::nullopt;
}

// The first CPU that rows are measured on: a hybrid's others may be of another kind. One that is
// offline has neither caches nor a governor, and a tree that does not have it is not this
// machine's.
int measured_cpu(const Roots& roots) {
  const auto online =
      parse_cpu_list(read_trimmed(roots.sys + "/devices/system/cpu/online").value_or(""));
  const auto allowed = cpus_of_node(first_node()).value_or(std::vector<int>{});
  if (!allowed.empty() && std::ranges::find(online, allowed.front()) != online.end())
    return allowed.front();
  return online.empty() ? 0 : online.front();
}

void add_cpu(const Roots& roots, Facts& facts) {
  const auto cpuinfo = cpuinfo_of(roots, measured_cpu(roots));
  add(facts, "cpu.model", cpu_model(cpuinfo));
  add(facts, "cpu.family", cpu_family(cpuinfo));
  add(facts, "cpu.stepping", text_field(cpuinfo, "stepping"));
  add(facts, "machine.type", machine_type(cpuinfo));
  add(facts, "cpu.vced", text_field(cpuinfo, "VCED exceptions"));
  facts.emplace_back(
      "cpu.governor",
      read_trimmed(cpu_directory(roots) + "/cpufreq/scaling_governor").value_or("unknown"));
  for (int level = 1; level <= 3; ++level)
    if (const auto cache = data_cache(roots, level)) {
      const std::string name = level == 1 ? "cache.l1d" : fmt::format("cache.l{}", level);
      facts.emplace_back(name + ".size_bytes", std::to_string(cache->size_bytes));
      if (cache->line_bytes != 0)
        facts.emplace_back(name + ".line_bytes", std::to_string(cache->line_bytes));
      if (cache->ways != 0) facts.emplace_back(name + ".ways", std::to_string(cache->ways));
      if (const auto colours = cache->page_colours(system_page_bytes()); level == 2 && colours)
        facts.emplace_back(name + ".page_colours", std::to_string(*colours));
    }
}

}  // namespace

std::optional<std::uint64_t> DataCache::page_colours(std::uint64_t page_bytes) const {
  const std::uint64_t colours = ways == 0 ? 0 : size_bytes / ways / page_bytes;
  return std::has_single_bit(colours) ? std::optional(colours) : std::nullopt;
}

std::string cpu_directory(const Roots& roots) {
  return fmt::format("{}/devices/system/cpu/cpu{}", roots.sys, measured_cpu(roots));
}

std::optional<DataCache> data_cache(const Roots& roots, int level) {
  const auto cache = from_sysfs(cpu_directory(roots), level);
  return cache ? cache : from_cpuinfo(roots, level);
}

bool have_same_caches(const Roots& roots, int a, int b) {
  for (int level = 1; level <= 3; ++level)
    if (from_sysfs(directory_of(roots, a), level) != from_sysfs(directory_of(roots, b), level))
      return false;
  return true;
}

Facts host_facts(const Roots& roots) {
  Facts facts;
  utsname name{};
  ::uname(&name);
  facts.emplace_back("host", name.nodename);
  facts.emplace_back("arch", name.machine);
  facts.emplace_back("byte_order", std::endian::native == std::endian::big ? "big" : "little");
  facts.emplace_back("kernel.release", name.release);
  facts.emplace_back("kernel.version", name.version);
  if (const auto line = read_trimmed(roots.proc + "/cmdline"))
    facts.emplace_back("kernel.cmdline", shown_boot_parameters(*line));
  add_cpu(roots, facts);
  const auto virtualisation = detect_virtualisation(roots);
  facts.emplace_back("machine.virtualisation", virtualisation.kind);
  facts.emplace_back("machine.emulated", virtualisation.emulated ? "true" : "false");
  add(facts, "machine.evidence", virtualisation.evidence);
  if (const char* emulator = std::getenv("ZP_EMULATOR"))
    facts.emplace_back("machine.emulator", emulator);
  facts.emplace_back("page_size_bytes", std::to_string(system_page_bytes()));
  if (const auto kib =
          number_field(read_trimmed(roots.proc + "/meminfo").value_or(""), "MemTotal:"))
    facts.emplace_back("memory_bytes", std::to_string(*kib * 1024));
  facts.emplace_back("numa.nodes", std::to_string(nodes().size()));
  return facts;
}

}  // namespace zp
