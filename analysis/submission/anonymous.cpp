// SPDX-License-Identifier: MIT
// The copy without names. A stream of the JSON's events, so that figures stay as they were written.
#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "analysis/load/sha256.hpp"
#include "analysis/submission/check.hpp"
#include "analysis/submission/private_words.hpp"
#include "harness/support/file.hpp"

namespace zp::analysis {
namespace {

using Size = rapidjson::SizeType;
using RenewedSums = std::map<std::string, std::string, std::less<>>;  // of the passes: were, are

// Writes what it is handed, but for texts.
class Copier : public rapidjson::PrettyWriter<rapidjson::StringBuffer> {
 public:
  Copier(const PrivateWords& words, const RenewedSums& sums) : words_(words), sums_(sums) {
    Reset(buffer_);
    // Made without a stream, rapidjson's writer leaves these as the memory was.
    SetFormatOptions(rapidjson::kFormatDefault);
    SetIndent(' ', 2);
  }
  [[nodiscard]] std::string text() const { return std::string(buffer_.GetString()) + "\n"; }

  // Of NaN and Infinity rapidjson hands over no text; to every reader of ours they are the same.
  bool RawNumber(const char* digits, Size length, bool) {
    const std::string_view text = length == 0 ? "NaN" : std::string_view(digits, length);
    return RawValue(text.data(), text.size(), rapidjson::kNumberType);
  }
  bool String(const char* begin, Size length, bool) {
    const auto safe = replaced({begin, length});
    return PrettyWriter::String(safe.data(), static_cast<Size>(safe.size()));
  }
  bool Key(const char* begin, Size length, bool) {
    key_.assign(begin, length);
    return PrettyWriter::Key(begin, length);
  }

 private:
  // The key of an array is that of its texts.
  [[nodiscard]] std::string replaced(std::string_view text) const {
    // The zero page's frame is where this boot has its kernel.
    if (names_host(key_) || names_machine(key_) || key_ == "zero_page.frame")
      return std::string(kAnonymous);
    if (key_ == "executable") return std::string(file_part(text));
    if (const auto sum = sums_.find(text); sum != sums_.end()) return sum->second;
    const bool own = is_fact(key_) || key_ == "name" || key_ == "run_name" || key_ == "file";
    return own ? std::string(text) : words_.without(text);
  }

  const PrivateWords& words_;
  const RenewedSums& sums_;
  std::string key_;
  rapidjson::StringBuffer buffer_;
};

Outcome<void> copy(const std::string& from, const std::string& to, const PrivateWords& words,
                   const RenewedSums& sums) {
  const auto text = read_text_file(from);
  if (!text) return fail(text);
  constexpr unsigned kCopyFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNanAndInfFlag |
                                  rapidjson::kParseNumbersAsStringsFlag;
  Copier copier(words, sums);
  rapidjson::Reader reader;
  rapidjson::StringStream stream(text->c_str());
  if (const auto parsed = reader.Parse<kCopyFlags>(stream, copier); !parsed)
    return fail(ExitCode::kUsage, "{}: byte {}: {}", from, parsed.Offset(),
                rapidjson::GetParseError_En(parsed.Code()));
  return write_file_atomically(to, copier.text(), false);
}

}  // namespace

Outcome<std::vector<std::string>> write_anonymous(const Run& run, const std::string& out) {
  if (!run.manifest)
    return fail(ExitCode::kUsage, "{}: no manifest.json: only run directories are copied",
                run.path);
  PrivateWords words;
  words.add_host(run.manifest->host);
  for (const auto& file : run.files)
    for (const auto& [key, value] : file.context)
      if (names_host(key)) words.add_host(value);
  std::error_code failed;
  if (!std::filesystem::create_directories(out, failed))
    return fail(ExitCode::kUsage, "{}: {}", out,
                failed ? failed.message() : "is there already: name a new directory");
  std::set<std::string, std::less<>> copied{"manifest.json"};
  RenewedSums sums;
  for (const auto& pass : run.manifest->passes) {
    const auto to = out + "/" + pass.file;
    if (auto done = copy(run.path + "/" + pass.file, to, words, {}); !done) return fail(done);
    const auto sum = sha256_of_file(to);
    if (!sum) return fail(sum);
    sums[pass.sha256] = *sum;
    copied.insert(pass.file);
  }
  if (auto done = copy(run.path + "/manifest.json", out + "/manifest.json", words, sums); !done)
    return fail(done);
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(run.path, failed))
    if (const auto name = entry.path().filename().string(); !copied.contains(name))
      left.push_back(name);
  std::ranges::sort(left);
  return left;
}

}  // namespace zp::analysis
