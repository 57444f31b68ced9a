// SPDX-License-Identifier: MIT
#include "harness/counters/toy_source.hpp"

#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

Outcome<std::uint64_t> exceptions(const Roots& roots) {
  static std::uint64_t toy = 0;
  if (roots.proc == "/proc") return ++toy;
  const auto text =
      text_field(read_trimmed(roots.proc + "/cpuinfo").value_or(""), "VCED exceptions");
  if (!text)
    return fail(ExitCode::kCannotRun, "{}: /proc/cpuinfo has no VCED exceptions (no MIPS CPU)",
                kToyName);
  if (const auto number = parse_number(*text)) return *number;
  return fail(ExitCode::kCannotRun, "{}: /proc/cpuinfo says '{}' (no R4000SC or R4400SC)", kToyName,
              *text);
}

class ToyGroup final : public EventGroup {
 public:
  ToyGroup(Roots roots, std::size_t names) : roots_(std::move(roots)), names_(names) {}

  Outcome<void> start() override { return take(first_); }
  Outcome<void> stop() override { return take(last_); }
  Outcome<std::vector<std::uint64_t>> read() override {
    // The kernel's counter is an unsigned int, which may have gone round.
    return std::vector<std::uint64_t>(names_, (last_ - first_) & 0xffffffff);
  }

 private:
  Outcome<void> take(std::uint64_t& into) const {
    const auto now = exceptions(roots_);
    if (!now) return fail(now);
    into = *now;
    return {};
  }

  Roots roots_;
  std::size_t names_;
  std::uint64_t first_ = 0, last_ = 0;
};

}  // namespace

Outcome<std::unique_ptr<EventGroup>> ToySource::open(std::span<const std::string> names) {
  for (const std::string& name : names)
    if (name != kToyName) return fail(ExitCode::kUsage, "{}: unknown event", name);
  if (const auto now = exceptions(roots_); !now) return fail(now);
  return std::make_unique<ToyGroup>(roots_, names.size());
}

std::vector<std::string> ToySource::known_names() const {
  return {std::string(kToyName)};
}

}  // namespace zp
