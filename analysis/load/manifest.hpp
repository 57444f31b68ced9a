// SPDX-License-Identifier: MIT
// manifest.json of a run directory (results/README.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/support/error.hpp"

namespace zp::analysis {

struct ManifestPass {
  std::string file;
  std::string sha256;
  std::string started;
  double seconds = 0;  // that it took, preparation included; 0: not recorded
};

struct Manifest {
  std::string schema;
  std::string state;  // running, interrupted, complete
  std::string matrix;
  std::string host;
  std::string kernel;
  std::string arch;
  std::string command;
  std::string started;
  int passes_planned = 0;
  std::vector<ManifestPass> passes;
};

// "run is interrupted: 2 of 9 passes"; "" of one that has all, and without a manifest.
std::string unfinished(const std::optional<Manifest>& manifest);

// "pass-02.json is not the file that was measured: its sha256 is another", or that it can't be
// read; "" of the one that was measured.
std::string fault_of_pass(const std::string& directory, const ManifestPass& pass);

// Errors: ExitCode::kUsage, naming the file and what is wrong with it. A pass file that would lie
// outside the run directory is refused: the manifest may come from anywhere.
Outcome<Manifest> read_manifest(const std::string& path);

}  // namespace zp::analysis
