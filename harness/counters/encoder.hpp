// SPDX-License-Identifier: MIT
// From an event's name to what perf_event_open(2) takes.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct EventCode {
  std::uint32_t type = 0;  // PERF_TYPE_...
  std::uint64_t config = 0, config1 = 0, config2 = 0;

  friend bool operator==(const EventCode&, const EventCode&) = default;
};

// Knows, in this order:
//   perf_raw::rHEX   the PMU's own number (linux/perf_event.h: PERF_TYPE_RAW)
//   perf::NAME       the kernel's generic events, as libpfm4 spells them
//   PMU::NAME        what the kernel lists in /sys/bus/event_source/devices/PMU/events, where an
//                    event is one number: on s390x the list of the machine at hand
//   and whatever libpfm4 knows, where it is built in.
class Encoder {
 public:
  explicit Encoder(Roots roots);

  // Errors: kUsage for a name that nobody knows, or only PAPI; kCannotRun where libpfm4 would have
  // to be asked and is not built in. Any thread may call.
  Outcome<EventCode> encode(const std::string& name);

  [[nodiscard]] std::vector<std::string> known_names() const;

 private:
  Outcome<EventCode> ask_libpfm4(const std::string& name);

  Roots roots_;
  std::mutex mutex_;  // libpfm4 keeps state
};

}  // namespace zp
