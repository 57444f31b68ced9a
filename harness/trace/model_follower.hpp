// SPDX-License-Identifier: MIT
// The cache model behind a traced window: the same model as the one that runs beside the walk, fed
// with the addresses that the machine used instead of those that the census gives.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/model/machine.hpp"
#include "harness/support/error.hpp"
#include "harness/trace/recorder.hpp"

namespace zp::trace {

class ModelFollower final : public Follower {
 public:
  // `cpus`: names of CPU descriptions, or files, with '+' between them (QEMU keeps the comma).
  static Outcome<std::unique_ptr<ModelFollower>> create(const std::string& cpus);

  void start(std::uint64_t page_bytes) override;
  void count() override;
  void follow(std::span<const Read> reads) override;

  // "models": one object per CPU: cpu, reads, misses (one per cache level), tlb_misses (one per
  // level), synonym_misses and, where the CPU has them, exceptions of virtual coherency; or cpu and
  // error.
  std::string json() const override;

 private:
  struct Modelled {
    std::string cpu;
    model::Geometry geometry;
    std::optional<model::Machine> machine;  // cold at every start
    std::string error;                      // why there is no machine
  };
  std::vector<Modelled> models_;
  std::vector<model::Access> accesses_;
};

}  // namespace zp::trace
