// SPDX-License-Identifier: MIT
// deny NAME=ERRNO CMD...: CMD under a filter that lets the named system call fail with ERRNO, as
// those of containers do.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

int main(int argc, char** argv) {
  constexpr std::pair<const char*, unsigned> kCalls[] = {
      {"flock", SYS_flock},
      {"io_uring_setup", SYS_io_uring_setup},
      {"madvise", SYS_madvise},
      {"memfd_create", SYS_memfd_create},
      {"mbind", SYS_mbind},
      {"perf_event_open", SYS_perf_event_open},
      {"sched_getaffinity", SYS_sched_getaffinity},
      {"sched_setaffinity", SYS_sched_setaffinity},
      {"set_mempolicy", SYS_set_mempolicy},
      {"userfaultfd", SYS_userfaultfd},
      {"vmsplice", SYS_vmsplice},
      {"wait4", SYS_wait4}};
  char* equals = argc < 3 ? nullptr : std::strchr(argv[1], '=');
  if (equals == nullptr) return 99;
  *equals = '\0';
  for (const auto& [name, number] : kCalls) {
    if (std::strcmp(name, argv[1]) != 0) continue;
    const auto error = static_cast<unsigned>(std::atoi(equals + 1));
    sock_filter filter[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const sock_fprog program{sizeof filter / sizeof *filter, filter};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
      std::perror("seccomp");
      return 99;
    }
    ::execvp(argv[2], argv + 2);
    std::perror("exec");
  }
  return 99;
}
