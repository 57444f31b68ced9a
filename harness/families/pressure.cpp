// SPDX-License-Identifier: MIT
#include "harness/families/pressure.hpp"

#include <algorithm>

#include "harness/families/accounts.hpp"
#include "harness/host/control_groups.hpp"
#include "harness/host/page_size.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kLimitBytes = 16ULL << 20;
constexpr std::uint64_t kBallastBytes = 2 * kLimitBytes;

std::uint64_t read_swapped_out_pages(const Roots& roots) {
  return read_vm_event(roots, "pswpout").value_or(0);
}

void write_on(const Table& table, const std::stop_token& stop) {
  for (std::uint64_t round = 1; !stop.stop_requested(); ++round)
    for (std::uint64_t page = 0; page < table.pages() && !stop.stop_requested(); ++page)
      *reinterpret_cast<volatile std::uint64_t*>(table.base() + page * system_page_bytes()) = round;
}

}  // namespace

std::optional<std::string> why_no_swap(const Roots& roots, std::uint64_t needed_bytes) {
  const std::string meminfo = read_text_file(roots.proc + "/meminfo").value_or("");
  if (number_field(meminfo, "SwapTotal:").value_or(0) == 0) return "this machine has no swap";
  std::uint64_t free_bytes = number_field(meminfo, "SwapFree:").value_or(0) * 1024;
  const char* where = "";
  for (const std::string& group : group_directories(roots, "memory")) {
    const auto limit = parse_number(read_trimmed(group + "/memory.swap.max").value_or(""));
    const auto used = parse_number(read_trimmed(group + "/memory.swap.current").value_or(""));
    if (!limit || !used || *limit - std::min(*limit, *used) >= free_bytes) continue;
    free_bytes = *limit - std::min(*limit, *used);
    where = " to this control group (memory.swap.max)";
  }
  if (free_bytes != 0 && free_bytes >= needed_bytes) return std::nullopt;
  return fmt::format("{} of swap are free{}, it takes {}", human_size(free_bytes), where,
                     human_size(std::max(needed_bytes, system_page_bytes())));
}

Outcome<Pressure> Pressure::start(KsmSession& session) {
  const Roots& roots = session.roots();
  if (auto reason = why_no_swap(roots, 2 * kBallastBytes))
    return fail(ExitCode::kCannotRun, "{}", *reason);
  const auto group = second_version_group(roots);
  if (!group) return fail(group);
  auto own = OwnGroup::enter(session, *group);
  if (!own) return fail(own);
  if (auto limited = write_kernel_file(group->group + "/memory.high", std::to_string(kLimitBytes));
      !limited)
    return fail(limited);
  auto ballast = Table::map(kBallastBytes, system_page_bytes());
  if (!ballast) return fail(ballast);
  return Pressure(roots, std::move(*own), std::move(*ballast));
}

Pressure::Pressure(const Roots& roots, OwnGroup group, Table ballast)
    : swapped_before_(read_swapped_out_pages(roots)),
      roots_(roots),
      group_(std::move(group)),
      ballast_(std::make_unique<Table>(std::move(ballast))),
      writer_([table = ballast_.get()](const std::stop_token& stop) { write_on(*table, stop); }) {}

std::uint64_t Pressure::swapped_out_pages() const {
  return read_swapped_out_pages(roots_) - swapped_before_;
}

}  // namespace zp
