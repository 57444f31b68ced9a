// SPDX-License-Identifier: MIT
#include "harness/counters/pmu.hpp"

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <set>

#include "harness/host/system_calls.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

constexpr const char* kNoPmu =
    "no PMU: the kernel drives none for this CPU (a virtual machine without one?)";
constexpr const char* kNoCounterSets =
    "no PMU: the kernel has no cpum_cf, as the CPU-measurement counter facility is not there "
    "(neither QEMU's emulation nor KVM offers it to a guest: it takes an LPAR)";
constexpr const char* kNotAuthorised =
    "the LPAR may not be authorised for this counter set (HMC: Customize Activation Profiles, "
    "Security)";

// CAP_PERFMON, or CAP_SYS_ADMIN (linux/capability.h).
bool may_count(const Roots& roots) {
  return (effective_capabilities(roots) & (1ULL << 38 | 1ULL << 21)) != 0;
}

bool is_mainframe(const Roots& roots) {
  return text_field(read_text_file(roots.proc + "/cpuinfo").value_or(""), "vendor_id")
      .value_or("")
      .starts_with("IBM/S390");
}

bool is_arms(const std::string& pmu) {
  return pmu.starts_with("armv8") || pmu.starts_with("armv9");
}

// "event=0x0011" in .../devices/armv8_pmuv3/events/cpu_cycles
std::optional<std::uint64_t> listed_number(const std::filesystem::path& file) {
  constexpr std::string_view kPrefix = "event=0x";
  const std::string text = read_trimmed(file.string()).value_or("");
  std::uint64_t number = 0;
  if (!text.starts_with(kPrefix) ||
      std::from_chars(text.data() + kPrefix.size(), text.data() + text.size(), number, 16).ec !=
          std::errc())
    return std::nullopt;
  return number;
}

// The kernel's own refusal is EACCES (perf_event_open(2); kernel/events/core.c); EPERM is a
// filter's or a security module's. Of user mode alone (exclude_kernel) everything up to 2 permits
// counting.
std::string why_not_permitted(const Roots& roots, int error_number) {
  const auto level = read_trimmed(roots.proc + "/sys/kernel/perf_event_paranoid");
  const bool strict = parse_whole<int>(level.value_or("")).value_or(3) > 2;
  const bool capable = may_count(roots);
  const bool filtered = has_system_call_filter(roots);
  if (filtered && (error_number == EPERM || !strict || capable))
    return "a filter of system calls (seccomp) forbids perf_event_open: a container's, or a "
           "service's (docker run --cap-add PERFMON, or --security-opt seccomp=FILE)";
  if (!strict || capable)
    return fmt::format(
        "kernel.perf_event_paranoid is {}, which permits it here: a security module, lockdown or "
        "a hypervisor forbids it",
        level.value_or("unknown"));
  return fmt::format(
      "kernel.perf_event_paranoid is {}; lower it to 2 or less, or run as root (CAP_PERFMON)",
      level.value_or("unknown"));
}

}  // namespace

std::optional<std::string> cpu_pmu(const Roots& roots) {
  std::error_code error;
  std::set<std::string> names;  // the same one whatever the order of the directory
  for (const auto& entry :
       std::filesystem::directory_iterator(roots.sys + "/bus/event_source/devices", error))
    names.insert(entry.path().filename().string());
  for (const std::string& name : names)
    // x86 and MIPS: cpu; x86 with two kinds of cores: cpu_core; s390x: cpum_cf; arm64: armv8_*
    if (name == "cpu" || name == "cpu_core" || name == "cpum_cf" || is_arms(name) ||
        name.starts_with("armv7"))
      return name;
  return std::nullopt;
}

std::optional<std::string> why_never_counted(const Roots& roots, std::uint64_t raw_number) {
  // What PMCEID speaks of, and by it the kernel's lists (drivers/perf/arm_pmuv3.c,
  // armv8pmu_event_attr_is_visible()); numbers beyond are the maker's own, and in no list.
  const std::uint64_t number = raw_number & 0xffff;
  if (number >= 0x40 && (number < 0x4000 || number >= 0x4040)) return std::nullopt;
  const std::string devices = roots.sys + "/bus/event_source/devices";
  std::string of;
  std::error_code error;
  // With cores of two kinds there are two, and it is not known on which one the thread will be.
  for (const auto& pmu : std::filesystem::directory_iterator(devices, error)) {
    const std::string name = pmu.path().filename().string();
    if (!is_arms(name)) continue;
    for (const auto& event : std::filesystem::directory_iterator(pmu.path() / "events", error)) {
      if (listed_number(event.path()) == number) return std::nullopt;
      of = name;
    }
  }
  if (of.empty()) return std::nullopt;
  return fmt::format(
      "the PMU {} does not have event {:#x} (it is not in {}/{}/events): the kernel would take it, "
      "and it would always read 0",
      of, number, devices, of);
}

Refusal refusal_in(std::string_view reason) {
  const auto says = [&](std::string_view words) { return reason.find(words) != reason.npos; };
  if (says(kNoCounterFree) || says(kCountedInPart)) return Refusal::kNotAllTheTime;
  // The last one is PAPI's.
  if (says(errno_text(EACCES)) || says(errno_text(EPERM)) ||
      says("disabled by Linux with paranoid"))
    return Refusal::kNotPermitted;
  return Refusal::kOther;
}

std::string why_refused(const Roots& roots, int error_number, bool of_hardware) {
  const auto pmu = cpu_pmu(roots);
  std::string cause;
  switch (error_number) {
    case EACCES:
    case EPERM:
      cause = why_not_permitted(roots, error_number);
      // validate_ctr_auth() of arch/s390/kernel/perf_cpum_cf.c answers -EPERM or -ENOENT, by
      // version
      if (pmu == "cpum_cf") cause += fmt::format("; or {}", kNotAuthorised);
      break;
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case EOPNOTSUPP:
      if (of_hardware && !pmu)
        cause = is_mainframe(roots) ? kNoCounterSets : kNoPmu;
      else if (pmu == "cpum_cf")
        cause = kNotAuthorised;
      else
        cause = "this CPU's PMU has no such event";
      break;
    case EINVAL:
    case ENOSPC:
      cause = "the PMU can't count it, or not together with the others";
      break;
    case EBUSY:
      cause = "somebody else holds the PMU";
      break;
    case ENOSYS:
      cause = has_system_call_filter(roots)
                  ? "a filter of system calls (seccomp) forbids perf_event_open, or the kernel was "
                    "built without perf events"
                  : "the kernel was built without perf events";
      break;
    default:
      cause = "unexpected";
  }
  return fmt::format("{} (errno {}): {}", errno_text(error_number), error_number, cause);
}

}  // namespace zp
