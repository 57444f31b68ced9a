// SPDX-License-Identifier: MIT
#include "analysis/render/metric.hpp"

#include <cmath>

namespace zp::analysis {

std::string default_metric(const ResultSet& set) {
  return set.has_metric("ns_per_read") ? "ns_per_read" : "real_time";
}

Scale scale_for(const Metric& metric, double typical) {
  struct Step {
    double below;
    double factor;
    const char* prefix;
  };
  const double size = std::abs(typical);
  if (metric.unit == "ns") {
    for (const Step& step : {Step{1e4, 1, "ns"}, {1e7, 1e-3, "us"}, {1e10, 1e-6, "ms"}})
      if (size < step.below) return {step.factor, step.prefix};
    return {1e-9, "s"};
  }
  if (metric.unit.ends_with("/s")) {
    for (const Step& step : {Step{1e4, 1, ""}, {1e6, 1e-3, "k"}, {1e9, 1e-6, "M"}})
      if (size < step.below) return {step.factor, step.prefix + metric.unit};
    return {1e-9, "G" + metric.unit};
  }
  return {1, metric.unit};
}

}  // namespace zp::analysis
