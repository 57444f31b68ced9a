// SPDX-License-Identifier: MIT
#pragma once

// Whether this build has the sanitizers: g++ says it by a macro, clang by a feature.
#if defined(__SANITIZE_ADDRESS__)
#define ZP_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ZP_SANITIZED 1
#endif
#endif

namespace zp {

#ifdef ZP_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace zp
