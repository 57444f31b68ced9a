// SPDX-License-Identifier: MIT
#include "harness/counters/pmu.hpp"

#include <cerrno>
#include <filesystem>
#include <set>

#include "harness/support/file.hpp"

namespace zp {
namespace {

constexpr const char* kNoPmu =
    "no PMU: the kernel drives none for this CPU (a virtual machine without one?)";
constexpr const char* kNotAuthorised =
    "the LPAR may not be authorised for this counter set (HMC: Customize Activation Profiles, "
    "Security)";

std::string why_not_permitted(const Roots& roots) {
  const auto level = read_trimmed(roots.proc + "/sys/kernel/perf_event_paranoid");
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
    if (name == "cpu" || name == "cpu_core" || name == "cpum_cf" || name.starts_with("armv"))
      return name;
  return std::nullopt;
}

std::string why_refused(const Roots& roots, int error_number, bool of_hardware) {
  const auto pmu = cpu_pmu(roots);
  std::string cause;
  switch (error_number) {
    case EACCES:
    case EPERM:
      cause = why_not_permitted(roots);
      // validate_ctr_auth() of arch/s390/kernel/perf_cpum_cf.c answers -EPERM or -ENOENT, by
      // version
      if (pmu == "cpum_cf") cause += fmt::format("; or {}", kNotAuthorised);
      break;
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case EOPNOTSUPP:
      if (of_hardware && !pmu)
        cause = kNoPmu;
      else if (pmu == "cpum_cf")
        cause = kNotAuthorised;
      else
        cause = "this CPU's PMU has no such event";
      break;
    case EINVAL:
    case ENOSPC:
      cause = "the PMU can't count it, or not beside the others";
      break;
    case EBUSY:
      cause = "somebody else holds the PMU";
      break;
    case ENOSYS:
      cause = "the kernel was built without perf events";
      break;
    default:
      cause = "unexpected";
  }
  return fmt::format("{} (errno {}): {}", errno_text(error_number), error_number, cause);
}

}  // namespace zp
