// SPDX-License-Identifier: MIT
// Signals that would end the process. Process-wide, as signals are.
#pragma once

#include <signal.h>

#include <span>

#include "harness/support/error.hpp"

namespace zp {

// Every signal that ends a process, that can be caught, and that comes from outside: what people
// press, what batch systems and resource limits send. SIGXFSZ is not among them (a write that fails
// says so), nor is what a fault of our own raises (SIGSEGV, SIGABRT, ...): after that the next
// start restores.
std::span<const int> ending_signals();

// From here on these only set a flag; whoever waits or loops asks for it, so that the way out is
// the ordinary one and everything is put back. Those that were ignored stay ignored (nohup), except
// SIGINT and SIGQUIT, which a script's background jobs start with ignored; those that were blocked
// are let through. A limit on CPU time that kills sends SIGXCPU before.
void catch_interrupts();

bool interrupted();

// 128 + the signal, after interrupted().
ExitCode interrupt_exit_code();

// A file that grows over a limit (ulimit -f) or into a full pipe then gives an error, as a full
// disk does, where SIGXFSZ would end the process.
void ignore_file_size_signal();

// While it lives this thread takes no signal: what must not be left half done gets done, and the
// signal comes afterwards. A SIGXFSZ of that time is dropped: the write has failed with EFBIG.
class SignalsHeldBack {
 public:
  SignalsHeldBack();
  SignalsHeldBack(const SignalsHeldBack&) = delete;
  SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;
  ~SignalsHeldBack();

 private:
  sigset_t before_;
};

}  // namespace zp
