// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "harness/ksm/session.hpp"

namespace zp {

// This process in a control group of its own (KsmSession::enter_group), for as long as this lives.
class OwnGroup {
 public:
  static Outcome<OwnGroup> enter(KsmSession& session, const MemoryGroup& group) {
    OwnGroup own(session, group);
    if (auto entered = session.enter_group(group); !entered) return fail(entered);
    return own;
  }
  OwnGroup(OwnGroup&& other) noexcept
      : session_(std::exchange(other.session_, nullptr)), group_(std::move(other.group_)) {}
  OwnGroup& operator=(OwnGroup&&) = delete;
  ~OwnGroup() {
    // Where this fails the session tries again at the end, and says so.
    if (session_ != nullptr) static_cast<void>(session_->leave_group(group_));
  }

  [[nodiscard]] const MemoryGroup& group() const { return group_; }

 private:
  OwnGroup(KsmSession& session, MemoryGroup group) : session_(&session), group_(std::move(group)) {}

  KsmSession* session_;
  MemoryGroup group_;
};

}  // namespace zp
