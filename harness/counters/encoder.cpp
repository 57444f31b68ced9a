// SPDX-License-Identifier: MIT
#include "harness/counters/encoder.hpp"

#include <linux/perf_event.h>

#include <filesystem>
#include <optional>

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

#if ZP_HAVE_LIBPFM4
#include <perfmon/pfmlib_perf_event.h>
#endif

namespace zp {
namespace {

constexpr std::uint64_t cache_event(std::uint64_t cache, std::uint64_t result) {
  return cache | std::uint64_t{PERF_COUNT_HW_CACHE_OP_READ} << 8 | result << 16;
}

struct GenericEvent {
  const char* name;
  EventCode code;
};

// Source: linux/perf_event.h; the names are libpfm4's (lib/events/perf_events.h).
constexpr GenericEvent kGenericEvents[] = {
    {"perf::CYCLES", {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES}},
    {"perf::INSTRUCTIONS", {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS}},
    {"perf::CACHE-MISSES", {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES}},
    {"perf::L1-DCACHE-LOAD-MISSES",
     {PERF_TYPE_HW_CACHE, cache_event(PERF_COUNT_HW_CACHE_L1D, PERF_COUNT_HW_CACHE_RESULT_MISS)}},
    {"perf::LLC-LOAD-MISSES",
     {PERF_TYPE_HW_CACHE, cache_event(PERF_COUNT_HW_CACHE_LL, PERF_COUNT_HW_CACHE_RESULT_MISS)}},
    {"perf::DTLB-LOAD-MISSES",
     {PERF_TYPE_HW_CACHE, cache_event(PERF_COUNT_HW_CACHE_DTLB, PERF_COUNT_HW_CACHE_RESULT_MISS)}},
    {"perf::PAGE-FAULTS", {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS}},
    {"perf::CONTEXT-SWITCHES", {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES}},
    {"perf::TASK-CLOCK", {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK}},
};

// "event=0x0085" in .../devices/cpum_cf/events/L1D_L2D_SOURCED_WRITES
std::optional<EventCode> from_sysfs(const Roots& roots, const std::string& name) {
  const auto colons = name.find("::");
  if (colons == std::string::npos || name.find('/') != std::string::npos) return std::nullopt;
  const std::string pmu =
      fmt::format("{}/bus/event_source/devices/{}/", roots.sys, name.substr(0, colons));
  const auto type = parse_number(read_trimmed(pmu + "type").value_or(""));
  const auto text = read_trimmed(pmu + "events/" + name.substr(colons + 2)).value_or("");
  constexpr std::string_view kPrefix = "event=0x";
  if (!type || !text.starts_with(kPrefix)) return std::nullopt;
  const auto number = parse_whole<std::uint64_t>(std::string_view(text).substr(kPrefix.size()), 16);
  if (!number) return std::nullopt;  // more than one field: left to libpfm4
  return EventCode{static_cast<std::uint32_t>(*type), *number};
}

}  // namespace

Encoder::Encoder(Roots roots) : roots_(std::move(roots)) {}

Outcome<EventCode> Encoder::encode(const std::string& name) {
  constexpr std::string_view kRaw = "perf_raw::r";
  if (name.starts_with(kRaw)) {
    const auto number = parse_whole<std::uint64_t>(std::string_view(name).substr(kRaw.size()), 16);
    if (!number) return fail(ExitCode::kUsage, "{}: not a hexadecimal number after r", name);
    return EventCode{PERF_TYPE_RAW, *number};
  }
  for (const GenericEvent& generic : kGenericEvents)
    if (name == generic.name) return generic.code;
  if (name.starts_with("PAPI_"))
    return fail(ExitCode::kUsage, "{}: a preset of PAPI, which is not used here", name);
  if (const auto code = from_sysfs(roots_, name)) return *code;
  return ask_libpfm4(name);
}

#if ZP_HAVE_LIBPFM4

Outcome<EventCode> Encoder::ask_libpfm4(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (const int error = ::pfm_initialize(); error != PFM_SUCCESS)
    return fail(ExitCode::kCannotRun, "libpfm4: {}", ::pfm_strerror(error));
  perf_event_attr attributes{};
  pfm_perf_encode_arg_t request{};
  request.attr = &attributes;
  request.size = sizeof request;
  const int error =
      ::pfm_get_os_event_encoding(name.c_str(), PFM_PLM3, PFM_OS_PERF_EVENT, &request);
  if (error != PFM_SUCCESS)
    return fail(error == PFM_ERR_NOTSUPP ? ExitCode::kCannotRun : ExitCode::kUsage,
                "{}: libpfm4: {}", name, ::pfm_strerror(error));
  return EventCode{attributes.type, attributes.config, attributes.config1, attributes.config2};
}

#else

Outcome<EventCode> Encoder::ask_libpfm4(const std::string& name) {
  return fail(ExitCode::kCannotRun,
              "{}: libpfm4, which knows the names, is not built in (libpfm4-dev)", name);
}

#endif

std::vector<std::string> Encoder::known_names() const {
  std::vector<std::string> names;
  for (const GenericEvent& generic : kGenericEvents) names.emplace_back(generic.name);
  std::error_code error;
  for (const auto& pmu :
       std::filesystem::directory_iterator(roots_.sys + "/bus/event_source/devices", error))
    for (const auto& event : std::filesystem::directory_iterator(pmu.path() / "events", error))
      names.push_back(pmu.path().filename().string() + "::" + event.path().filename().string());
#if ZP_HAVE_LIBPFM4
  if (::pfm_initialize() == PFM_SUCCESS)
    for (int pmu = PFM_PMU_NONE; pmu < PFM_PMU_MAX; ++pmu) {
      pfm_pmu_info_t about{};
      about.size = sizeof about;
      if (::pfm_get_pmu_info(static_cast<pfm_pmu_t>(pmu), &about) != PFM_SUCCESS ||
          !about.is_present)
        continue;
      for (int at = about.first_event; at != -1; at = ::pfm_get_event_next(at)) {
        pfm_event_info_t event{};
        event.size = sizeof event;
        if (::pfm_get_event_info(at, PFM_OS_PERF_EVENT, &event) == PFM_SUCCESS)
          names.push_back(fmt::format("{}::{}", about.name, event.name));
      }
    }
#endif
  return names;
}

}  // namespace zp
