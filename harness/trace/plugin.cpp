// SPDX-License-Identifier: MIT
// The QEMU plugin: follows every load of an announced window with its virtual and physical address.
//
//   qemu-system-ARCH ... -plugin libzp_trace.so,out=FILE[,model=CPU+CPU...][,pairs=FILE]
//                                           [,base=ADDRESS][,verify=on]
//
//   out=FILE      one JSON object per window, one per line
//   model=CPU     feeds the reads into the model of that CPU (a name as in zpbench --model)
//   pairs=FILE    one line per page that was read: name, virtual page, frame, reads; numbers in
//                 decimal, pages and frames as pagemap counts them
//   base=ADDRESS  where QEMU has the memory that the guest sees at address 0 (malta: 0x80000000)
//   verify=on     translate every read, not the first of each page only: shows remapped pages
//
// Not seen by any plugin: accesses that QEMU makes in a helper for a whole block, as s390x's MVC.
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "harness/trace/model_follower.hpp"
#include "harness/trace/qemu_plugin.hpp"
#include "harness/trace/recorder.hpp"

namespace {

using zp::trace::Follower;
using zp::trace::Recorder;
using zp::trace::Report;

std::unique_ptr<Recorder> recorder;  // QEMU's callbacks into this file have no other place for it
std::uint64_t memory_base = 0;

void write_report(std::FILE* out, std::FILE* pairs, const Report& report, const Follower* model) {
  const std::string modelled = model != nullptr ? ", " + model->json() : "";
  fmt::print(out,
             "{{\"name\": \"{}\", \"table_address\": {}, \"table_bytes\": {}, \"page_bytes\": {}, "
             "\"reads\": {}, \"other_reads\": {}, \"untranslated\": {}, \"remapped\": {}, "
             "\"frames\": {}{}}}\n",
             report.name, report.low, report.high - report.low, report.page_bytes, report.reads,
             report.other_reads, report.untranslated, report.remapped, report.frames(), modelled);
  std::fflush(out);
  if (pairs == nullptr) return;
  std::uint64_t page = report.low / report.page_bytes;
  for (const auto& [physical, reads] : report.pages) {
    if (reads > 0)
      fmt::print(pairs, "{} {} {} {}\n", report.name, page, physical / report.page_bytes, reads);
    ++page;
  }
  std::fflush(pairs);
}

void on_access(unsigned, qemu_plugin_meminfo_t info, std::uint64_t address, void* code) {
  if (address - zp::trace::kRegionAddress < zp::trace::kRegionBytes) [[unlikely]] {
    if (qemu_plugin_mem_is_store(info)) recorder->store(address - zp::trace::kRegionAddress);
    return;
  }
  if (!recorder->wants(address) || qemu_plugin_mem_is_store(info)) return;
  recorder->load(address, reinterpret_cast<std::uintptr_t>(code), [&] {
    const qemu_plugin_hwaddr* where = qemu_plugin_get_hwaddr(info, address);
    if (where == nullptr || qemu_plugin_hwaddr_is_io(where)) return Recorder::kNoMemory;
    return qemu_plugin_hwaddr_phys_addr(where) - memory_base;
  });
}

// Every access of the guest is looked at: a window's code may have been translated before it is
// announced. The instruction's address goes along, to tell the program's own reads from others'.
void on_translation(qemu_plugin_id_t, qemu_plugin_tb* block) {
  const std::size_t count = qemu_plugin_tb_n_insns(block);
  for (std::size_t k = 0; k < count; ++k) {
    qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, k);
    void* code = reinterpret_cast<void*>(qemu_plugin_insn_vaddr(instruction));
    qemu_plugin_register_vcpu_mem_cb(instruction, on_access, QEMU_PLUGIN_CB_NO_REGS,
                                     QEMU_PLUGIN_MEM_RW, code);
  }
}

int refuse(const std::string& what) {
  fmt::print(stderr, "libzp_trace: {}\n", what);
  return 1;
}

}  // namespace

extern "C" {

[[gnu::visibility("default")]] int qemu_plugin_version = 1;

// QEMU reads the version before it calls anything; this function came with version 2.
[[gnu::constructor]] static void choose_version() {
  if (dlsym(RTLD_DEFAULT, "qemu_plugin_u64_add") != nullptr) qemu_plugin_version = 2;
}

[[gnu::visibility("default")]] int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info,
                                                       int argc, char** argv) {
  std::map<std::string, std::string, std::less<>> options{
      {"out", ""}, {"model", ""}, {"pairs", ""}, {"base", "0"}, {"verify", "off"}};
  for (const std::string_view argument : std::span(argv, static_cast<std::size_t>(argc))) {
    const auto option = options.find(argument.substr(0, argument.find('=')));
    if (option == options.end() || argument.find('=') == argument.npos)
      return refuse(
          fmt::format("'{}' is not one of out=, model=, pairs=, base=, verify=", argument));
    option->second = argument.substr(argument.find('=') + 1);
  }
  if (!info->system_emulation) return refuse("only for system emulation (qemu-system-*)");
  if (info->system.max_vcpus > 1) return refuse("only for one virtual CPU (-smp 1)");

  std::FILE* out = std::fopen(options["out"].c_str(), "w");
  if (out == nullptr) return refuse(fmt::format("cannot write out={}", options["out"]));
  std::FILE* pairs = nullptr;
  if (!options["pairs"].empty()) {
    pairs = std::fopen(options["pairs"].c_str(), "w");
    if (pairs == nullptr) return refuse(fmt::format("cannot write pairs={}", options["pairs"]));
  }
  char* end = nullptr;
  memory_base = std::strtoull(options["base"].c_str(), &end, 0);
  if (*end != '\0') return refuse(fmt::format("base={} is not an address", options["base"]));

  Recorder::Options settings;
  settings.verify = options["verify"] == "on";
  settings.report = [out, pairs](const Report& report, const Follower* model) {
    write_report(out, pairs, report, model);
  };
  if (!options["model"].empty()) {
    auto follower = zp::trace::ModelFollower::create(options["model"]);
    if (!follower) return refuse("model=: " + follower.error().message);
    settings.follower = std::move(*follower);
  }
  recorder = std::make_unique<Recorder>(std::move(settings));
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  return 0;
}

}  // extern "C"
