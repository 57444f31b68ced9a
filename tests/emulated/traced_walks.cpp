// SPDX-License-Identifier: MIT
#include "tests/emulated/traced_walks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <fstream>
#include <span>

#include "harness/model/catalogue.hpp"
#include "harness/model/machine.hpp"
#include "harness/trace/window.hpp"

namespace {

constexpr std::uint64_t kPasses = 4;

[[gnu::noinline]] std::uint64_t walk(const char* table, std::uint64_t bytes, std::uint64_t stride) {
  std::uint64_t sum = 0;
  for (std::uint64_t pass = 0; pass < kPasses; ++pass) {
    for (std::uint64_t offset = 0; offset < bytes; offset += stride)
      sum += *reinterpret_cast<const volatile std::uint64_t*>(table + offset);
  }
  return sum;
}

zp::Outcome<std::string> modelled(const zp::model::MappedTable& table, std::uint64_t stride,
                                  const zp::model::Geometry& geometry) {
  auto machine = zp::model::Machine::create(geometry, table.page_bytes());
  if (!machine) return fail(machine);
  for (std::uint64_t pass = 0; pass < kPasses; ++pass) {
    const auto outcome = machine->run_strided(table, 0, stride, table.bytes() / stride);
    if (!outcome) return fail(outcome);
  }
  const auto& counts = machine->counts();
  return fmt::format("{} {} {} {}", counts.reads,
                     fmt::join(std::span(counts.misses).first(geometry.caches.size()), " "),
                     fmt::join(std::span(counts.tlb_misses).first(geometry.tlbs.size()), " "),
                     counts.synonym_misses);
}

bool complain(const std::string& what) {
  fmt::print(stderr, "probe: {}\n", what);
  return false;
}

}  // namespace

bool traced_walks(const std::string& name, const char* table, std::uint64_t page_bytes,
                  const std::vector<std::uint64_t>& pfns, const std::string& cpu) {
  const auto description = zp::model::find_cpu(cpu);
  if (!description) return complain(description.error().message);
  const auto address = reinterpret_cast<std::uintptr_t>(table);
  const auto model_table = zp::model::MappedTable::create(address, pfns, page_bytes);
  if (!model_table) return complain(model_table.error().message);
  if (!zp::trace::Window::open()) return complain("the traced region's address is taken");

  const std::uint64_t bytes = pfns.size() * page_bytes;
  std::ofstream pairs{"out/pairs", std::ios::app}, models{"out/models", std::ios::app};
  for (const std::uint64_t stride : {std::uint64_t{64}, std::uint64_t{256}, page_bytes}) {
    const std::string row = fmt::format("{}/stride:{}", name, stride);
    zp::trace::Window::start(row, table, bytes, page_bytes);
    const auto started = std::chrono::steady_clock::now();
    const std::uint64_t sum = walk(table, bytes, stride);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    zp::trace::Window::stop();
    if (sum != 0) return complain("a table of zeros is not zero");
    fmt::print("{} million reads/s {:.0f}\n", row,
               static_cast<double>(kPasses * bytes / stride) / seconds.count() / 1e6);

    std::uint64_t vpn = address / page_bytes;
    for (const auto pfn : pfns)
      pairs << fmt::format("{} {} {} {}\n", row, vpn++, pfn, kPasses * page_bytes / stride);
    const auto counts = modelled(*model_table, stride, description->geometry);
    if (!counts) return complain(counts.error().message);
    models << fmt::format("{} {}\n", row, *counts);
  }
  return true;
}
