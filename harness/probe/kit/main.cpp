// SPDX-License-Identifier: MIT
// The probe alone, without a library: one static program that can be copied to any machine
// (scripts/probe-kit.sh). Prints the block to send.
#include <sched.h>
#include <sys/utsname.h>

#include "harness/host/cpu_model.hpp"
#include "harness/host/virtualisation.hpp"
#include "harness/probe/machine_timer.hpp"
#include "harness/probe/report.hpp"
#include "harness/probe/verdict.hpp"
#include "harness/support/file.hpp"
#include "harness/support/terminal.hpp"

namespace zp {
namespace {

constexpr double kSeconds = 20;

// Of the CPU that the timer stays on.
std::string cpu_name() {
  const auto cpuinfo = cpuinfo_of(Roots{}, ::sched_getcpu());
  utsname kernel{};
  ::uname(&kernel);
  std::string name = kernel.machine;
  if (const auto model = cpu_model(cpuinfo)) name += ", " + *model;
  if (const auto type = machine_type(cpuinfo)) name += ", machine " + *type;
  if (const auto family = cpu_family(cpuinfo)) name += " (family " + *family + ")";
  return name;
}

Outcome<void> run() {
  if (const auto machine = detect_virtualisation(Roots{}); machine.emulated)
    return fail(
        ExitCode::kCannotRun,
        "an emulator ({}, seen by: {}) runs this: it has no caches, so no effect can be seen",
        machine.kind, machine.evidence);
  auto timer = probe::machine_timer();
  if (!timer) return fail(timer);
  probe::Request request;
  request.seconds = kSeconds;
  request.most_samples = 2000;
  const auto found = probe::probe(**timer, request);
  if (!found) return fail(found);
  print_to(stdout, fmt::format("zpbench probe kit, {}\n{}", probe::today(),
                               probe::text_of(*found, cpu_name())));
  for (const probe::Row& row : probe::rows_of(*found)) {
    if (row.name.find("/bit:") == std::string::npos) continue;
    print_to(stdout, row.name.substr(row.name.rfind('/') + 1));
    for (const auto& [key, value] : row.figures)
      print_to(stdout, fmt::format(" {} {:.3g}", key, value));
    print_to(stdout, "\n");
  }
  return {};
}

}  // namespace
}  // namespace zp

int main(int argc, char**) {
  zp::Outcome<void> outcome = zp::fail(zp::ExitCode::kUsage, "takes no arguments");
  if (argc == 1) outcome = zp::run();
  if (auto printed = zp::flush_stdout(); outcome && !printed) outcome = std::move(printed);
  if (outcome) return 0;
  zp::print_to(stderr, fmt::format("zpprobe: {}\n", zp::terminal_text(outcome.error().message)));
  return static_cast<int>(outcome.error().code);
}
