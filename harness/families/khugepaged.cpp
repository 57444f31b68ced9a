// SPDX-License-Identifier: MIT
#include "harness/families/khugepaged.hpp"

#include "harness/host/huge_pages.hpp"
#include "harness/host/page_size.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"
#include "harness/support/words.hpp"

namespace zp {

std::uint64_t ptes_none_of(PtesNone ptes_none, std::uint64_t pages_each) {
  if (ptes_none == PtesNone::kFourFifths) return pages_each * 4 / 5;
  return ptes_none == PtesNone::kAllButOne ? pages_each - 1 : 0;
}

std::string_view to_string(PtesNone ptes_none) {
  return word_for(ptes_none, {"0", "four_fifths", "all_but_one"});
}

std::optional<std::string> why_no_khugepaged(const KsmSession& session, PtesNone ptes_none) {
  const Roots& roots = session.roots();
  const auto enabled = session.found("thp.enabled"),
             found = session.found("thp.khugepaged.max_ptes_none");
  const std::uint64_t pages_each = huge_page_bytes(roots) / system_page_bytes();
  if (!enabled || !found || pages_each == 0) return std::nullopt;  // there is none to let loose
  const std::uint64_t wanted = ptes_none_of(ptes_none, pages_each);
  if (*enabled != "never" && parse_number(*found).value_or(0) >= wanted) return std::nullopt;
  std::string whose = "everybody (thp.enabled is always)";
  if (*enabled != "always") {
    const auto others = find_foreign_huge(roots);
    if (others.empty()) return std::nullopt;
    whose = process_names(others) + ", who asked for huge pages or can't be looked at";
  }
  return fmt::format(
      "khugepaged would fill up memory of {}: it leaves that alone with {}; stop them, or set {} "
      "for all yourself",
      whose, *enabled == "never" ? "thp.enabled=never" : "max_ptes_none=" + *found,
      *enabled == "never" ? "thp.enabled=madvise" : fmt::format("max_ptes_none={}", wanted));
}

Outcome<void> Khugepaged::set(std::string_view knob, const std::string& value) {
  const auto found = read_knob(session_->roots(), *find_knob(knob));
  if (found) found_.emplace_back(knob, *found);
  return session_->set(knob, value);
}

Outcome<Khugepaged> Khugepaged::with(KsmSession& session, PtesNone ptes_none) {
  const std::uint64_t max_ptes_none =
      ptes_none_of(ptes_none, huge_page_bytes(session.roots()) / system_page_bytes());
  Khugepaged khugepaged(session);
  if (auto set = khugepaged.set("thp.khugepaged.max_ptes_none", std::to_string(max_ptes_none));
      !set)
    return fail(set);
  return khugepaged;
}

Outcome<Khugepaged> Khugepaged::hold(KsmSession& session) {
  return with(session, PtesNone::kZero);
}

Outcome<Khugepaged> Khugepaged::allow(KsmSession& session, PtesNone ptes_none) {
  if (const auto reason = why_no_khugepaged(session, ptes_none))
    return fail(ExitCode::kCannotRun, "{}", *reason);
  return with(session, ptes_none);
}

Outcome<Khugepaged> Khugepaged::hurry(KsmSession& session, PtesNone ptes_none) {
  if (auto denied = why_denied_huge_pages(session.roots()))
    return fail(ExitCode::kCannotRun, "{}", *denied);
  auto khugepaged = allow(session, ptes_none);
  if (!khugepaged) return khugepaged;
  if (read_knob(session.roots(), *find_knob("thp.enabled")) == "never")
    if (auto set = khugepaged->set("thp.enabled", "madvise"); !set) return fail(set);
  // The sleep last: writing it wakes khugepaged.
  for (const auto& [knob, value] : {std::pair{"thp.khugepaged.pages_to_scan", "1000000"},
                                    {"thp.khugepaged.scan_sleep_millisecs", "10"}})
    if (auto set = khugepaged->set(knob, value); !set) return fail(set);
  return khugepaged;
}

Outcome<void> Khugepaged::calm() {
  Outcome<void> outcome;
  for (; !found_.empty(); found_.pop_back())
    if (auto set = session_->set(found_.back().first, found_.back().second); !set && outcome)
      outcome = std::move(set);
  return outcome;
}

std::uint64_t Khugepaged::full_scans() const {
  return parse_number(read_trimmed(session_->roots().sys +
                                   "/kernel/mm/transparent_hugepage/khugepaged/full_scans")
                          .value_or(""))
      .value_or(0);
}

}  // namespace zp
