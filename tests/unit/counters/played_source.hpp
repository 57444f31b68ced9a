// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/counters/source.hpp"

namespace zp {

// A PMU of few counters, each event of a fixed value; sets that do not fit are multiplexed.
class PlayedSource final : public CounterSource {
 public:
  PlayedSource(std::size_t counters, std::map<std::string, std::uint64_t> events)
      : counters_(counters), events_(std::move(events)) {}

  std::string_view name() const override { return "played"; }
  std::vector<std::string> known_names() const override { return {}; }
  Outcome<std::unique_ptr<EventGroup>> open(std::span<const std::string> names) override {
    std::vector<std::uint64_t> values;
    for (const std::string& name : names) {
      if (name == "REFUSED") return fail(ExitCode::kCannotRun, "REFUSED: no permission");
      const auto known = events_.find(name);
      if (known == events_.end()) return fail(ExitCode::kUsage, "{}: unknown", name);
      values.push_back(known->second);
    }
    // Half of the sets that do not fit are refused at once, the others only when they are read.
    if (names.size() > counters_ && names.size() % 2 == 0)
      return fail(ExitCode::kCannotRun, "too many");
    return std::make_unique<Group>(values, names.size() <= counters_);
  }

 private:
  struct Group final : EventGroup {
    Group(std::vector<std::uint64_t> v, bool f) : values(std::move(v)), fits(f) {}
    Outcome<void> start() override { return {}; }
    Outcome<void> stop() override { return {}; }
    Outcome<std::vector<std::uint64_t>> read() override {
      if (!fits)
        return fail(ExitCode::kCannotRun,
                    "counted for 9 of 10 ns only: the PMU was shared, and a scaled value is none");
      return values;
    }
    std::vector<std::uint64_t> values;
    bool fits;
  };
  std::size_t counters_;
  std::map<std::string, std::uint64_t> events_;
};

}  // namespace zp
