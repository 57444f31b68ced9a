// SPDX-License-Identifier: MIT
// SQLite's statements, of which many are run. Internal to analysis/export.
#pragma once

#include <fmt/format.h>
#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/text/markup.hpp"

namespace zp::analysis {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// A prepared statement; text is bound, never pasted.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) {
    sqlite3_stmt* raw = nullptr;
    ok_ = sqlite3_prepare_v2(database, sql, -1, &raw, nullptr) == SQLITE_OK;
    statement_.reset(raw);
  }
  Statement& text(int place, std::string_view value) {
    const auto valid = visible_text(value, LineEnds::kEscape);
    ok_ = ok_ && sqlite3_bind_text(statement_.get(), place, valid.data(),
                                   static_cast<int>(valid.size()), SQLITE_TRANSIENT) == SQLITE_OK;
    return *this;
  }
  // Text that is plain, and stays until run().
  Statement& kept(int place, const std::string& value) {
    ok_ = ok_ && sqlite3_bind_text(statement_.get(), place, value.data(),
                                   static_cast<int>(value.size()), SQLITE_STATIC) == SQLITE_OK;
    return *this;
  }
  Statement& integer(int place, sqlite3_int64 value) {
    ok_ = ok_ && sqlite3_bind_int64(statement_.get(), place, value) == SQLITE_OK;
    return *this;
  }
  Statement& real(int place, double value) {
    ok_ = ok_ && sqlite3_bind_double(statement_.get(), place, value) == SQLITE_OK;
    return *this;
  }
  // Runs it and makes it ready for the next values. The id is of the first column of its row, else
  // of the row it inserted; 0: no row came.
  bool run(sqlite3_int64* id = nullptr) {
    const int result = ok_ ? sqlite3_step(statement_.get()) : SQLITE_ERROR;
    if (id != nullptr) *id = result == SQLITE_ROW ? sqlite3_column_int64(statement_.get(), 0) : 0;
    ok_ = ok_ && (result == SQLITE_ROW || result == SQLITE_DONE);
    if (!statement_) return false;
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    return ok_;
  }

 private:
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  bool ok_ = false;
};

// Rows on their way into a table, many by one statement: as many statements take half as long
// again.
template <class Row>
class Rows {
 public:
  explicit Rows(sqlite3* database) : database_(database) {}

  bool add(const Row& row) {
    waiting_.push_back(row);
    return waiting_.size() < kMost || write();
  }
  bool write() {
    if (waiting_.empty()) return true;
    auto& statement = of_size_[waiting_.size()];
    if (!statement) {
      const std::vector<std::string_view> places(waiting_.size(), Row::kPlaces);
      const auto sql = fmt::format("{}{}", Row::kInsert, fmt::join(places, ", "));
      statement = std::make_unique<Statement>(database_, sql.c_str());
    }
    int place = 1;
    for (const Row& row : waiting_) {
      row.bind(*statement, place);
      place += Row::kColumns;
    }
    const bool done = statement->run();
    waiting_.clear();  // not before: texts were not copied
    return done;
  }

 private:
  static constexpr std::size_t kMost = 96;
  sqlite3* database_;
  std::vector<Row> waiting_;
  std::map<std::size_t, std::unique_ptr<Statement>> of_size_;
};

}  // namespace zp::analysis
