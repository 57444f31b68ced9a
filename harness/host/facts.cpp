// SPDX-License-Identifier: MIT
#include "harness/host/facts.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "harness/host/boot_parameters.hpp"
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

std::optional<DataCache> from_sysfs(const Roots& roots, int level) {
  for (int index = 0; index < 8; ++index) {
    const std::string directory = fmt::format("{}/cache/index{}/", cpu_directory(roots), index);
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

// "Arm part 0xd07". Implementers: Linux arch/arm64/include/asm/cputype.h.
std::optional<std::string> arm_model(const std::string& cpuinfo) {
  constexpr std::pair<std::string_view, const char*> kImplementers[] = {
      {"0x41", "Arm"},       {"0x42", "Broadcom"},  {"0x43", "Cavium"}, {"0x46", "Fujitsu"},
      {"0x48", "HiSilicon"}, {"0x4e", "NVIDIA"},    {"0x50", "APM"},    {"0x51", "Qualcomm"},
      {"0x61", "Apple"},     {"0x6d", "Microsoft"}, {"0xc0", "Ampere"}};
  auto maker = text_field(cpuinfo, "CPU implementer");
  if (!maker) return std::nullopt;
  for (const auto& [number, name] : kImplementers)
    if (*maker == number) maker = name;
  const auto part = text_field(cpuinfo, "CPU part");
  return part ? *maker + " part " + *part : *maker;
}

// "sifive,u74-mc", else what it can do, without the single-letter extensions' successors:
// "rv64imafdch".
std::optional<std::string> riscv_model(const std::string& cpuinfo) {
  if (auto design = text_field(cpuinfo, "uarch")) return design;
  const auto isa = text_field(cpuinfo, "isa");
  return isa ? std::optional(isa->substr(0, isa->find('_'))) : std::nullopt;
}

// "POWER9 (architected)"
std::optional<std::string> power_model(const std::string& cpuinfo) {
  const auto cpu = text_field(cpuinfo, "cpu");
  return cpu ? std::optional(cpu->substr(0, cpu->find(','))) : std::nullopt;
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

// /proc/cpuinfo, what it says of that CPU first.
std::string cpuinfo_of_measured(const Roots& roots) {
  const auto all = read_trimmed(roots.proc + "/cpuinfo").value_or("");
  const auto number = std::to_string(measured_cpu(roots));
  for (std::size_t at = 0, end = 0; at < all.size(); at = end + 2) {
    end = std::min(all.find("\n\n", at), all.size());
    const auto paragraph = all.substr(at, end - at);
    if (text_field(paragraph, "processor") == number) return paragraph + "\n" + all;
  }
  return all;
}

void add_cpu(const Roots& roots, Facts& facts) {
  const auto cpuinfo = cpuinfo_of_measured(roots);
  std::optional<std::string> model_name;
  for (const char* key : {"model name", "cpu model", "vendor_id"})
    if (!model_name) model_name = text_field(cpuinfo, key);
  if (!model_name) model_name = arm_model(cpuinfo);
  if (!model_name) model_name = riscv_model(cpuinfo);
  if (!model_name) model_name = power_model(cpuinfo);
  add(facts, "cpu.model", model_name);
  const auto family = text_field(cpuinfo, "cpu family"), model = text_field(cpuinfo, "model");
  if (family && model) facts.emplace_back("cpu.family", fmt::format("{}-{}", *family, *model));
  add(facts, "cpu.stepping", text_field(cpuinfo, "stepping"));
  // s390x: "processor 0: version = FF,  identification = ...,  machine = 8561"
  if (const auto at = cpuinfo.find("machine = "); at != std::string::npos)
    facts.emplace_back("machine.type",
                       cpuinfo.substr(at + 10, cpuinfo.find_first_of(", \n", at + 10) - at - 10));
  add(facts, "machine.type", text_field(cpuinfo, "system type"));  // MIPS
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
  const auto cache = from_sysfs(roots, level);
  return cache ? cache : from_cpuinfo(roots, level);
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
