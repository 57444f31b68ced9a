// SPDX-License-Identifier: MIT
#include "harness/counters/cpu_family.hpp"

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// Machine types: lib/pfmlib_s390x_cpumf.c of libpfm4 4.13; z17: Linux
// arch/s390/kernel/perf_cpum_cf_events.c, cpumf_cf_event_group().
constexpr std::pair<std::string_view, const char*> kMainframes[] = {
    {"2097", "z10"},   {"2098", "z10"},   {"2817", "z196"}, {"2818", "z196"},
    {"2827", "zEC12"}, {"2828", "zEC12"}, {"2964", "z13"},  {"2965", "z13"},
    {"3906", "z14"},   {"3907", "z14"},   {"8561", "z15"},  {"8562", "z15"},
    {"3931", "z16"},   {"3932", "z16"},   {"9175", "z17"},  {"9176", "z17"}};

std::vector<std::string> mainframe(const std::string& cpuinfo) {
  constexpr std::string_view kKey = "machine = ";
  std::vector<std::string> families;
  if (const auto at = cpuinfo.find(kKey); at != std::string::npos)
    for (const auto& [type, name] : kMainframes)
      if (cpuinfo.compare(at + kKey.size(), type.size(), type) == 0) families.emplace_back(name);
  families.emplace_back("s390x");
  return families;
}

// Models: Linux arch/x86/kernel/cpu/amd.c, bsp_init_amd(), "Figure out Zen generations".
std::vector<std::string> amd(std::uint64_t family, std::uint64_t model) {
  const auto within = [model](std::uint64_t first, std::uint64_t last) {
    return model >= first && model <= last;
  };
  if (family == 0x17 &&
      (within(0x30, 0x4f) || within(0x60, 0x7f) || within(0x90, 0x91) || within(0xa0, 0xaf)))
    return {"zen2"};
  if (family == 0x19 && (within(0x00, 0x0f) || within(0x20, 0x5f))) return {"zen3"};
  if (family == 0x19 && (within(0x10, 0x1f) || within(0x60, 0xaf))) return {"zen4"};
  if (family == 0x1a && (within(0x00, 0x2f) || within(0x40, 0x4f) || within(0x70, 0x7f)))
    return {"zen5"};
  return {};
}

std::vector<std::string> mips(const std::string& cpuinfo) {
  const std::string model = text_field(cpuinfo, "cpu model").value_or("");
  std::vector<std::string> families;
  if (parse_number(text_field(cpuinfo, "VCED exceptions").value_or("")))
    families.emplace_back("r4000sc");
  if (model.starts_with("MIPS 74K") || model.starts_with("MIPS 1074K"))
    families.emplace_back("mips_74k");
  families.emplace_back("mips");
  return families;
}

}  // namespace

std::vector<std::string> cpu_families(const Roots& roots, std::string_view machine) {
  const std::string cpuinfo = read_trimmed(roots.proc + "/cpuinfo").value_or("");
  if (machine == "s390x") return mainframe(cpuinfo);
  if (machine.starts_with("mips")) return mips(cpuinfo);
  if (machine == "aarch64") return {"arm64"};
  if (machine != "x86_64") return {};
  const std::string vendor = text_field(cpuinfo, "vendor_id").value_or("");
  if (vendor == "GenuineIntel") return {"intel"};
  if (vendor != "AuthenticAMD") return {};
  return amd(parse_number(text_field(cpuinfo, "cpu family").value_or("")).value_or(0),
             parse_number(text_field(cpuinfo, "model").value_or("")).value_or(0));
}

}  // namespace zp
