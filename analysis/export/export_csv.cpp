// SPDX-License-Identifier: MIT
#include "analysis/export/export.hpp"
#include "analysis/export/parts.hpp"
#include "analysis/load/units.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"
#include "harness/names/name_parts.hpp"

namespace zp::analysis {

std::string export_csv(const ResultSet& set) {
  const auto metrics = set.metrics();
  std::string text;
  // A counter can be called as a column is.
  PlainNames columns(csv_field);
  const auto add_column = [&](const std::string& column) {
    text.append(text.empty() ? "" : ",").append(column);
  };
  for (const char* column : {"run", "file", "kernel", "host"}) add_column(columns(column));
  for (const auto& [column, key] : kRunColumns) add_column(columns(std::string(column)));
  for (const char* column : {"name", "family"}) add_column(columns(column));
  for (const NamePartKind& part : kNameParts) add_column(columns(std::string(part.column)));
  for (const char* column : {"repetition", "label"}) add_column(columns(column));
  for (const auto& metric : metrics) add_column(columns('\n' + metric, csv_field(metric)));
  text += "\n";
  for (const auto& run : set.runs()) {
    for (const auto& file : run.files) {
      auto where = csv_field(run.path) + "," + csv_field(file.path) + "," +
                   csv_field(context_value(file.context, "kernel.release")) + "," +
                   csv_field(context_value(file.context, "host")) + ",";
      for (const auto& [column, key] : kRunColumns)
        where += csv_field(context_value(file.context, key)) + ",";
      for (std::size_t cell = 0; cell < file.cell_count(); ++cell) {
        if (!set.find_cell(file.cell_name(cell))) continue;  // filtered out
        const auto name = parse_name(file.cell_name(cell));
        auto parts = csv_field(file.cell_name(cell)) + "," + csv_field(name.family);
        for (const NamePartKind& part : kNameParts)
          parts +=
              "," +
              csv_field(exported_part(name, part.key, is_ours(file)).value_or(std::string_view()));
        std::size_t number = 0;
        for (const auto row : file.rows_of(cell)) {
          text += fmt::format("{}{},{},{}", where, parts, number++, csv_field(file.label_of(row)));
          const auto figures = file.figures_of(row);
          for (const auto& metric : metrics) {
            text += ',';
            for (const auto& figure : figures)
              if (figure.metric == metric) {
                text += fmt::format("{}", figure.value);
                break;
              }
          }
          text += '\n';
        }
      }
    }
  }
  return text;
}

}  // namespace zp::analysis
