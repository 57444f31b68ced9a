// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include "harness/ksm/session.hpp"

namespace zp {

// A swap area of our own (KsmSession::add_swap), for as long as this lives.
class SwapArea {
 public:
  static Outcome<SwapArea> add(KsmSession& session, std::uint64_t bytes) {
    const auto device = session.add_swap(bytes);
    if (!device) {
      static_cast<void>(session.remove_swap());
      return fail(device);
    }
    return SwapArea(session, *device);
  }
  SwapArea(SwapArea&& other) noexcept
      : session_(std::exchange(other.session_, nullptr)), device_(other.device_) {}
  SwapArea& operator=(SwapArea&&) = delete;
  ~SwapArea() { static_cast<void>(remove()); }

  Outcome<void> remove() {
    KsmSession* session = std::exchange(session_, nullptr);
    return session == nullptr ? Outcome<void>{} : session->remove_swap();
  }
  [[nodiscard]] std::uint64_t device() const { return device_; }

 private:
  SwapArea(KsmSession& session, std::uint64_t device) : session_(&session), device_(device) {}

  KsmSession* session_;
  std::uint64_t device_;
};

}  // namespace zp
