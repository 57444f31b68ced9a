// SPDX-License-Identifier: MIT
#pragma once

#include "harness/support/error.hpp"

namespace zp {

// From here on SIGINT, SIGQUIT, SIGTERM, SIGHUP and SIGPIPE only set a flag; whoever waits or loops
// asks for it, so that the way out is the ordinary one and everything is put back. A process-wide
// state, as signals are.
void catch_interrupts();

bool interrupted();

// kInterrupted or kTerminated, after interrupted().
ExitCode interrupt_exit_code();

}  // namespace zp
