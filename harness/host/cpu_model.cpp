// SPDX-License-Identifier: MIT
#include "harness/host/cpu_model.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

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

}  // namespace

std::string cpuinfo_of(const Roots& roots, int cpu) {
  const auto all = read_trimmed(roots.proc + "/cpuinfo").value_or("");
  const auto number = std::to_string(cpu);
  for (std::size_t at = 0, end = 0; at < all.size(); at = end + 2) {
    end = std::min(all.find("\n\n", at), all.size());
    const auto paragraph = all.substr(at, end - at);
    if (text_field(paragraph, "processor") == number) return paragraph + "\n" + all;
  }
  return all;
}

std::optional<std::string> cpu_model(const std::string& cpuinfo) {
  for (const char* key : {"model name", "cpu model", "vendor_id"})
    if (auto name = text_field(cpuinfo, key)) return name;
  for (const auto name : {arm_model, riscv_model, power_model})
    if (auto model = name(cpuinfo)) return model;
  return std::nullopt;
}

std::optional<std::string> cpu_family(const std::string& cpuinfo) {
  const auto family = text_field(cpuinfo, "cpu family"), model = text_field(cpuinfo, "model");
  return family && model ? std::optional(*family + "-" + *model) : std::nullopt;
}

// s390x: "processor 0: version = FF,  identification = ...,  machine = 8561"
std::optional<std::string> machine_type(const std::string& cpuinfo) {
  if (const auto at = cpuinfo.find("machine = "); at != std::string::npos)
    return cpuinfo.substr(at + 10, cpuinfo.find_first_of(", \n", at + 10) - at - 10);
  return text_field(cpuinfo, "system type");
}

}  // namespace zp
