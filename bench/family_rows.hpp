// SPDX-License-Identifier: MIT
// The families, one row each where their cells are made; families.cpp puts them together.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "bench/families.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/name_parts.hpp"

namespace zp {

struct Family {
  std::string_view name;
  bool repeated;   // a timing; else its cells are measured once per pass
  double seconds;  // of one repetition of a cell, about: a reference run's mean
  void (*add)(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
};

// About mapping: what else the kernel does to zero pages.
std::span<const Family> mapping_families();
// About merging: what KSM makes of a table, and what that costs.
std::span<const Family> merging_families();
// About programs: kernels, mixed, readers.
std::span<const Family> program_families();

// What the cells of most families are made of: both values of a switch, a request for a table, and
// its name.
inline constexpr std::array kArms{false, true};

// A request for tables of the size asked for, or as the family has them.
template <class Request>
Request with_table(const FamilyChoice& choice) {
  Request request;
  if (choice.table_bytes) request.table_bytes = *choice.table_bytes;
  return request;
}
template <class Request>
Request with_table(const FamilyChoice& choice, PlacementKind kind) {
  auto request = with_table<Request>(choice);
  request.placement = {kind, 0};
  return request;
}

// "FAMILY/placement:ID/table:BYTES", to which more can be added.
template <class Request>
NameWriter table_name(std::string_view family, const Request& request) {
  NameWriter name(family);
  name.add("placement", to_string(request.placement)).add("table", request.table_bytes);
  return name;
}

// A cell of tables in one placement.
template <class Request>
FamilyCell table_cell(const NameWriter& name, const Request& request, const PlacementId& placement,
                      Outcome<Figures> (*measure)(const Request&, FamilyEnvironment&)) {
  return {name.text(), placement, memory_needed_bytes(placement, request.table_bytes),
          [request, measure](FamilyEnvironment& e) { return measure(request, e); }};
}

}  // namespace zp
