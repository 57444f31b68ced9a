// SPDX-License-Identifier: MIT
#include "analysis/export/schema.hpp"

#include "analysis/export/parts.hpp"
#include "analysis/export/statement.hpp"
#include "harness/names/name_parts.hpp"

namespace zp::analysis {
namespace {

// Databases with other columns are refused, not mixed. 0 is what SQLite gives a new one, and what
// those had that lacked columns of parts.
constexpr int kSchemaVersion = 3;

// Each column of a file's context, after others.
std::string context_columns() {
  std::string columns;
  for (const auto& [column, key] : kRunColumns)
    columns += fmt::format(
        ",\n  (select value from context where context.file = file.id and key = '{}') as {}", key,
        column);
  return columns;
}

// What other programs' tables of these names would make of our rows.
struct Table {
  const char* name;
  const char* type;
  const char* columns;  // the first of them: later ones depend on the version
};
constexpr Table kTables[] = {
    {"file", "table", "id,run,path,sha256,host,kernel"},
    {"context", "table", "file,key,value"},
    {"cell", "table", "id,name,family,placement"},
    {"repetition", "table", "id,file,cell,number,label"},
    {"figure", "table", "repetition,metric,value"},
    {"error", "table", "file,name,reason"},
    {"tidy", "view", "run,path,host,kernel,name,family,placement"},
};

}  // namespace

std::string part_columns(std::string_view before, std::string_view after) {
  std::string columns;
  for (const NamePartKind& part : kNameParts)
    columns.append(before).append(part.column).append(after);
  return columns;
}

std::string schema() {
  return fmt::format(R"(
create table if not exists file (id integer primary key, run text not null, path text not null,
  sha256 text not null, host text, kernel text, rows text not null, unique (path, sha256));
create table if not exists context (file integer not null references file, key text not null,
  value text not null, primary key (file, key)) without rowid;
create table if not exists cell (id integer primary key, name text not null unique, family text{});
create table if not exists repetition (id integer primary key, file integer not null
  references file, cell integer not null references cell, number integer not null, label text);
create table if not exists figure (repetition integer not null references repetition,
  metric text not null, value real not null, primary key (repetition, metric)) without rowid;
create table if not exists error (file integer not null references file, name text not null,
  reason text not null);
create view if not exists tidy as select file.run, file.path, file.host, file.kernel,
  cell.name, cell.family{}, repetition.number, repetition.label, figure.metric, figure.value{}
  from figure
  join repetition on repetition.id = figure.repetition join cell on cell.id = repetition.cell
  join file on file.id = repetition.file;
pragma user_version = {};
)",
                     part_columns(", ", " text"), part_columns(", cell."), context_columns(),
                     kSchemaVersion);
}

Outcome<void> check_tables(sqlite3* database, const std::string& path) {
  Statement type_of(database, "select type from sqlite_master where lower(name) = ?");
  Statement columns_of(database, "select group_concat(name) from pragma_table_info(?)");
  for (const auto& [name, type, columns] : kTables) {
    const auto found = type_of.text(1, name).run_for_text();
    if (found.empty()) continue;
    const auto has = columns_of.text(1, name).run_for_text();
    if (found != type || !has.starts_with(columns))
      return fail(ExitCode::kUsage,
                  "{}: has a {} '{}' of another program (columns {}); choose another database",
                  path, found, name, has.empty() ? "not readable" : has);
  }
  sqlite3_int64 version = 0, tables = 0;
  Statement(database, "pragma user_version").run(&version);
  Statement(database, "select count(*) from sqlite_master where name = 'cell'").run(&tables);
  if (tables != 0 && version != kSchemaVersion)
    return fail(ExitCode::kUsage,
                "{}: made by another version of zpanalyze, with other columns: give a new file",
                path);
  return {};
}

}  // namespace zp::analysis
