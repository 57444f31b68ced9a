// SPDX-License-Identifier: MIT
#include "harness/counters/papi_source.hpp"

#include <linux/perf_event.h>
#include <papi.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <mutex>

#include "harness/counters/encoder.hpp"
#include "harness/counters/pmu.hpp"
#include "harness/support/library_exit.hpp"

namespace zp {
namespace {

unsigned long thread_number() {
  return static_cast<unsigned long>(::syscall(SYS_gettid));
}

// An event set of the thread that made it. PAPI pins it (perf_event.c: open_pe_events), so it
// counts all the time or its read fails; it is scaled only after PAPI_set_multiplex, which is not
// called.
class PapiGroup final : public EventGroup {
 public:
  explicit PapiGroup(int set) : set_(set) {}
  ~PapiGroup() override {
    if (running_) ::PAPI_stop(set_, nullptr);
    ::PAPI_cleanup_eventset(set_);
    ::PAPI_destroy_eventset(&set_);
    // PAPI keeps a record of every thread it has seen; those of a benchmark come and go.
    if (thread_number() != static_cast<unsigned long>(::getpid())) ::PAPI_unregister_thread();
  }

  [[nodiscard]] int set() const { return set_; }
  void resize(std::size_t events) {
    before_.resize(events);
    after_.resize(events);
  }

  // The set runs from the first start() on and is read at both ends of what is counted: PAPI_read()
  // costs half of PAPI_start() and PAPI_stop(), and all of it stands around the timed walk.
  Outcome<void> start() override {
    if (!running_)
      if (auto started = checked(::PAPI_start(set_), "starting"); !started) return started;
    running_ = true;
    return checked(::PAPI_read(set_, before_.data()), "reading");
  }
  Outcome<void> stop() override { return checked(::PAPI_read(set_, after_.data()), "reading"); }
  Outcome<std::vector<std::uint64_t>> read() override {
    std::vector<std::uint64_t> counts;
    for (std::size_t i = 0; i < after_.size(); ++i)
      counts.push_back(static_cast<std::uint64_t>(after_[i] - before_[i]));
    return counts;
  }

 private:
  static Outcome<void> checked(int result, const char* what) {
    if (result == PAPI_OK) return {};
    return fail(ExitCode::kCannotRun, "{} PAPI's counters: {}", what, ::PAPI_strerror(result));
  }

  int set_;
  bool running_ = false;
  std::vector<long long> before_, after_;
};

class PapiSource final : public CounterSource {
 public:
  explicit PapiSource(const Roots& roots) : roots_(roots), encoder_(roots) {}

  [[nodiscard]] std::string_view name() const override { return "papi"; }

  Outcome<std::unique_ptr<EventGroup>> open(std::span<const std::string> names) override {
    int set = PAPI_NULL;
    if (const int result = ::PAPI_create_eventset(&set); result != PAPI_OK)
      return fail(ExitCode::kCannotRun, "PAPI: {}", ::PAPI_strerror(result));
    auto group = std::make_unique<PapiGroup>(set);
    group->resize(names.size());
    for (const std::string& name : names) {
      const auto code = code_of(name);
      if (!code) return fail(code);
      if (const int result = ::PAPI_add_event(set, *code); result != PAPI_OK)
        return fail(ExitCode::kCannotRun, "{}: PAPI: {}", name, why(result));
    }
    return group;
  }

  [[nodiscard]] std::vector<std::string> known_names() const override {
    std::vector<std::string> names;
    for (const unsigned first :
         {static_cast<unsigned>(PAPI_PRESET_MASK), static_cast<unsigned>(PAPI_NATIVE_MASK)}) {
      int code = static_cast<int>(first);
      int result = ::PAPI_enum_event(&code, PAPI_ENUM_FIRST);
      for (; result == PAPI_OK; result = ::PAPI_enum_event(&code, PAPI_ENUM_EVENTS)) {
        char text[PAPI_MAX_STR_LEN] = "";
        if (::PAPI_event_code_to_name(code, text) == PAPI_OK) names.emplace_back(text);
      }
    }
    return names;
  }

 private:
  Outcome<int> code_of(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto known = codes_.find(name);
    if (known != codes_.end()) return known->second;
    int code = 0;
    if (const int result = ::PAPI_event_name_to_code(name.c_str(), &code); result != PAPI_OK)
      return fail(result == PAPI_ENOEVNT || result == PAPI_ENOTPRESET || result == PAPI_ENOSUPP ||
                          result == PAPI_EINVAL || result == PAPI_EATTR
                      ? ExitCode::kUsage
                      : ExitCode::kCannotRun,
                  "{}: PAPI knows no such event ({})", name, ::PAPI_strerror(result));
    // Of a preset the self-test finds out.
    if (const auto raw = encoder_.encode(name); raw && raw->type == PERF_TYPE_RAW)
      if (const auto why = why_never_counted(roots_, raw->config))
        return fail(ExitCode::kCannotRun, "{}: {}", name, *why);
    codes_.emplace(name, code);
    return code;
  }

  // PAPI's own words, and ours where it does not say the cause.
  [[nodiscard]] std::string why(int result) const {
    std::string text = ::PAPI_strerror(result);
    if (result == PAPI_ENOEVNT) return text + "; " + why_refused(roots_, ENOENT, true);
    if (result == PAPI_ECMP_DISABLED)
      if (const int component = ::PAPI_get_component_index("perf_event"); component >= 0)
        if (const auto* about = ::PAPI_get_component_info(component); about != nullptr)
          return fmt::format("{}: perf_event: {}", text, about->disabled_reason);
    if (result == PAPI_EPERM) return text + "; " + why_refused(roots_, EACCES, true);
    return text;
  }

  Roots roots_;
  Encoder encoder_;
  std::mutex mutex_;
  std::map<std::string, int> codes_;
};

}  // namespace

Outcome<std::unique_ptr<CounterSource>> make_papi_source(const Roots& roots) {
  if (::PAPI_is_initialized() == PAPI_NOT_INITED) {
    const LibraryLooks looks(
        "PAPI ended the program, over what is said above (--counters none, or "
        "--counter-source perf, does without it)");
    if (const int result = ::PAPI_library_init(PAPI_VER_CURRENT); result != PAPI_VER_CURRENT)
      return fail(ExitCode::kCannotRun, "PAPI does not start: {}",
                  result > 0 ? fmt::format("its library is version {:#x}, this was built for {:#x}",
                                           result, PAPI_VER_CURRENT)
                             : std::string(::PAPI_strerror(result)));
    if (const int result = ::PAPI_thread_init(thread_number); result != PAPI_OK)
      return fail(ExitCode::kCannotRun, "PAPI does not know threads here: {}",
                  ::PAPI_strerror(result));
#ifdef __s390__
    // PAPI's default, user mode only, sets an exclude bit, which s390x's counters refuse.
    if (const int result = ::PAPI_set_domain(PAPI_DOM_ALL); result != PAPI_OK)
      return fail(ExitCode::kCannotRun, "PAPI_set_domain: {}", ::PAPI_strerror(result));
#endif
  }
  return std::make_unique<PapiSource>(roots);
}

}  // namespace zp
