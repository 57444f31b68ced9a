// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/ksm/knobs.hpp"
#include "harness/ksm/session.hpp"

namespace zp {

// How many pages of a huge page may not be there when khugepaged makes it (max_ptes_none).
enum class PtesNone {
  kZero,
  kFourFifths,  // 409 of 512, as some distributions set it
  kAllButOne,   // 511 of 512, as the kernel ships
};

// The number that is written, where a huge page has so many pages.
std::uint64_t ptes_none_of(PtesNone ptes_none, std::uint64_t pages_each);
std::string_view to_string(PtesNone ptes_none);

// Why khugepaged may not run with that: it works on everybody's memory, and would then fill up what
// it now leaves alone (a lower max_ptes_none, or thp.enabled=never). Nothing where nobody else has
// such memory, or it does so already.
std::optional<std::string> why_no_khugepaged(const KsmSession& session, PtesNone ptes_none);

// khugepaged, told what to do for as long as this lives; then its knobs are restored. Errors:
// kCannotRun (no khugepaged, no root, others' memory).
class Khugepaged {
 public:
  // Fills nothing up (max_ptes_none=0), where it runs at all.
  static Outcome<Khugepaged> hold(KsmSession& session);
  static Outcome<Khugepaged> allow(KsmSession& session, PtesNone ptes_none);
  // Scans all that is registered with it (MADV_HUGEPAGE) a hundred times a second besides.
  static Outcome<Khugepaged> hurry(KsmSession& session, PtesNone ptes_none);

  Khugepaged(Khugepaged&& other) noexcept
      : session_(std::exchange(other.session_, nullptr)), found_(std::move(other.found_)) {}
  Khugepaged& operator=(Khugepaged&&) = delete;
  ~Khugepaged() { static_cast<void>(calm()); }

  Outcome<void> calm();

  // Of all that is registered, since boot; 0 without khugepaged.
  [[nodiscard]] std::uint64_t full_scans() const;

 private:
  explicit Khugepaged(KsmSession& session) : session_(&session) {}
  static Outcome<Khugepaged> with(KsmSession& session, PtesNone ptes_none);
  Outcome<void> set(std::string_view knob, const std::string& value);

  KsmSession* session_;
  KnobValues found_;
};

}  // namespace zp
