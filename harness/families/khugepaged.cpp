// SPDX-License-Identifier: MIT
#include "harness/families/khugepaged.hpp"

#include <array>

#include "harness/ksm/knobs.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {

std::uint64_t ptes_none_of(PtesNone ptes_none, std::uint64_t pages_each) {
  if (ptes_none == PtesNone::kFourFifths) return pages_each * 4 / 5;
  return ptes_none == PtesNone::kAllButOne ? pages_each - 1 : 0;
}

std::string_view to_string(PtesNone ptes_none) {
  constexpr std::array kNames{"0", "four_fifths", "all_but_one"};
  return kNames[static_cast<std::size_t>(ptes_none)];
}

Outcome<void> Khugepaged::set(std::string_view knob, const std::string& value) {
  const auto found = read_knob(session_->roots(), *find_knob(knob));
  if (found) found_.emplace_back(knob, *found);
  return session_->set(knob, value);
}

Outcome<Khugepaged> Khugepaged::hurry(KsmSession& session, std::uint64_t max_ptes_none) {
  Khugepaged khugepaged(session);
  if (read_knob(session.roots(), *find_knob("thp.enabled")) == "never")
    if (auto set = khugepaged.set("thp.enabled", "madvise"); !set) return fail(set);
  // The sleep last: writing it wakes khugepaged.
  for (const auto& [knob, value] :
       {std::pair{"thp.khugepaged.max_ptes_none", std::to_string(max_ptes_none)},
        {"thp.khugepaged.pages_to_scan", std::string("1000000")},
        {"thp.khugepaged.scan_sleep_millisecs", std::string("10")}})
    if (auto set = khugepaged.set(knob, value); !set) return fail(set);
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
