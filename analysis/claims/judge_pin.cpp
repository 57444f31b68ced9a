// SPDX-License-Identifier: MIT
// The debates since 2024: pages that are pinned or locked.
#include "analysis/claims/judges.hpp"

namespace zp::analysis {
namespace {

// What a census says of each placement, held that way.
Shares shares_of(const FamilyRun& run, std::string_view way, std::string_view key) {
  Shares shares;
  for (const FamilyRow* row : run.of_family("pin"))
    if (row->has("way", way))
      if (const auto share = row->figure(key))
        shares.add(row->name.find("placement").value_or(""), *share);
  return shares;
}

}  // namespace

Judgement judge_pin(const FamilyRun& run) {
  const Shares unshared = shares_of(run, "io_uring", "unshared_share");
  if (unshared.rows == 0) return no_data(run, "pin");
  const Shares controls = shares_of(run, "vmsplice", "unshared_share");
  std::string sentence = fmt::format(
      "pages that shared a frame and have their own once registered: {}", unshared.list);
  if (controls.rows != 0) sentence += fmt::format("; once a pipe holds them: {}", controls.list);
  return {unshared.verdict(), sentence + "."};
}

Judgement judge_held(const FamilyRun& run) {
  const Shares held = shares_of(run, "io_uring", "held_merged_share"),
               released = shares_of(run, "io_uring", "released_merged_share");
  if (held.rows == 0 || released.rows == 0) return no_data(run, "pin");
  const std::string sentence = fmt::format(
      "merged after three scans while registered: {}; three scans after they were unregistered: "
      "{}.",
      held.list, released.list);
  return {
      verdict_of(held.none == held.rows && released.all == released.rows, held.all == held.rows),
      sentence};
}

Judgement judge_lock(const FamilyRun& run) {
  const Shares unshared = shares_of(run, "mlock", "unshared_share"),
               held = shares_of(run, "mlock", "held_merged_share");
  if (unshared.rows == 0 || held.rows == 0) return no_data(run, "pin");
  std::string sentence = fmt::format(
      "pages with their own frame once locked: {}; merged three scans later, still locked: {}",
      unshared.list, held.list);
  if (const Shares lazily = shares_of(run, "mlock_onfault", "unshared_share"); lazily.rows != 0)
    sentence += fmt::format("; with their own frame under MLOCK_ONFAULT: {}", lazily.list);
  return {verdict_of(unshared.all == unshared.rows && held.all == held.rows,
                     unshared.none == unshared.rows),
          sentence + "."};
}

}  // namespace zp::analysis
