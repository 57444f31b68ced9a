// SPDX-License-Identifier: MIT
// What a submission must have, each fault by itself; and the copy without names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/load/load.hpp"
#include "analysis/load/sha256.hpp"
#include "analysis/submission/check.hpp"
#include "analysis/submission/private_words.hpp"
#include "tests/outcome.hpp"
#include "tests/temporary.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kContext =
    R"("host_name":"vm","executable":"zpbench","schema":"zpbench-1","zpbench.version":"0.2.0",
"zpbench.git":"0123456","benchmark.version":"1.7.1","build.compiler":"GNU 12.2.0","host":"vm",
"arch":"x86_64","kernel.release":"6.18.0","kernel.version":"#1 SMP","cpu.model":"AMD EPYC",
"page_size_bytes":"4096","host.id":"5e7a","machine.virtualisation":"kvm","census":"strong")";
const std::string kRow =
    R"({"name":"read/placement:private/stride:64","run_type":"iteration","real_time":1e0,
"cpu_time":1.50,"time_unit":"ns","ns_per_read":1.6200000000000001,"label":"census: strong"})";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

class SubmissionTest : public ::testing::Test {
 protected:
  void write_run(const std::string& context = kContext, const std::string& rows = kRow,
                 const std::string& manifest = R"("state":"complete","host":"vm")",
                 const std::string& sum = "") {
    std::filesystem::create_directories(directory_ / "run");
    write_file(directory_ / "run/pass-01.json",
               "{\"context\":{" + context + "},\"benchmarks\":[" + rows + "]}");
    write_file(directory_ / "run/manifest.json",
               R"({"schema":"zpbench-run-1",)" + manifest +
                   R"(,"passes_planned":1,"passes":[{"file":"pass-01.json","sha256":")" +
                   (sum.empty() ? *sha256_of_file(directory_ / "run/pass-01.json") : sum) +
                   "\"}]}");
  }
  std::vector<std::string> faults(const std::string& run = "run") {
    auto loaded = load_sides({{directory_ / run}}, {.take_all = true});
    EXPECT_TRUE(loaded) << loaded.error().message;
    if (!loaded) return {"not loaded"};
    loaded_ = std::move(*loaded);
    return faults_of(loaded_.sides.front().runs().front());
  }
  // Of the run that faults() has loaded.
  Outcome<std::vector<std::string>> copy() {
    return write_anonymous(loaded_.sides.front().runs().front(), directory_ / "copy");
  }
  TemporaryDirectory directory_;
  LoadedSides loaded_;
};

TEST_F(SubmissionTest, AWholeRunHasNoFault) {
  write_run();
  EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(SubmissionTest, EachFaultIsToldByItself) {
  const auto one_fault = [&](const std::string& what, const std::string& context,
                             const std::string& rows = kRow,
                             const std::string& manifest = R"("state":"complete","host":"vm")",
                             const std::string& sum = "") {
    write_run(context, rows, manifest, sum);
    EXPECT_THAT(faults(), ElementsAre(HasSubstr(what)));
  };
  one_fault("census is not strong: 'weak: hidden'",
            replaced(kContext, R"("census":"strong")", R"("census":"weak: hidden")"));
  one_fault("rows with a weak census", kContext, replaced(kRow, "census: strong", "census: weak"));
  one_fault("no zpbench.git", replaced(kContext, R"("zpbench.git":"0123456",)", ""));
  one_fault("no kernel.version", replaced(kContext, R"("kernel.version":"#1 SMP",)", ""));
  one_fault("names no CPU", replaced(kContext, R"("cpu.model":"AMD EPYC",)", ""));
  one_fault("'host_name' names the machine: rack7",
            replaced(kContext, R"("host_name":"vm")", R"("host_name":"rack7")"));
  one_fault("identifies one machine", kContext + R"(,"dmi.product_serial":"C02X")");
  one_fault("'executable' gives a folder",
            replaced(kContext, R"("executable":"zpbench")", R"("executable":"/home/me/zpbench")"));
  one_fault("'matrix' gives", kContext + R"(,"matrix":"/home/me/mine.matrix")");
  one_fault("'matrix' gives", kContext + R"(,"matrix":"/srv/mine.matrix")");
  one_fault("row's text", kContext,
            kRow + R"(,{"name":"a","run_type":"iteration","error_occurred":true,)" +
                R"("error_message":"skipped: can't read /home/me/x"})");
  one_fault("manifest.json: run is interrupted", kContext, kRow,
            R"("state":"interrupted","host":"vm")");
  one_fault("the schema is 'zpbench-2', not zpbench-1",
            replaced(kContext, R"("schema":"zpbench-1")", R"("schema":"zpbench-2")"));
  one_fault("'host' names the machine: rack7", kContext, kRow,
            R"("state":"complete","host":"rack7")");
  one_fault("manifest.json: gives away a host's name", kContext, kRow,
            R"("state":"complete","host":"vm","options":["--matrix","/home/me/m"])");
  one_fault("manifest.json: gives away a host's name", kContext, kRow,
            R"("state":"complete","host":"vm","command":"run-matrix.sh --kernel /tmp/k/vmlinuz")");
  one_fault("its sha256 is another", kContext, kRow, R"("state":"complete","host":"vm")",
            std::string(64, '0'));
}

TEST_F(SubmissionTest, AManifestThatIsNotKnownOrLacksPassesIsAFault) {
  const auto one_fault = [&](const std::string& what, const std::string& with,
                             const std::string& fault) {
    write_run();
    const auto manifest = directory_ / "run/manifest.json";
    write_file(manifest, replaced(read_file(manifest), what, with));
    EXPECT_THAT(faults(), ElementsAre("manifest.json: " + fault));
  };
  one_fault("zpbench-run-1", "zpbench-run-2", "the schema is 'zpbench-run-2', not zpbench-run-1");
  one_fault(R"("passes_planned":1)", R"("passes_planned":3)", "run is complete: 1 of 3 passes");
}

TEST_F(SubmissionTest, EachPassIsOneOfTheRunAndMeasuredSomething) {
  // Two passes, the second of `context` and `rows`, entered as `second`.
  const auto of_two = [&](const std::string& context, const std::string& rows,
                          const std::string& second = "pass-02.json",
                          const std::string& entries = R"("kernel":"6.18.0","arch":"x86_64")") {
    write_run();
    const auto file = [](const std::string& of, const std::string& with) {
      return "{\"context\":{" + of + "},\"benchmarks\":[" + with + "]}";
    };
    write_file(directory_ / "run/pass-02.json", file(context, rows));
    std::string passes;
    for (const auto& name : {std::string("pass-01.json"), second})
      passes += (passes.empty() ? "" : ",") + (R"({"file":")" + name) + R"(","sha256":")" +
                *sha256_of_file(directory_ / ("run/" + name)) + "\"}";
    write_file(directory_ / "run/manifest.json",
               R"({"schema":"zpbench-run-1","state":"complete","host":"vm",)" + entries +
                   R"(,"passes_planned":2,"passes":[)" + passes + "]}");
    return faults();
  };
  const auto other_row = replaced(kRow, "1.62", "1.63");
  EXPECT_THAT(of_two(kContext, other_row), IsEmpty());
  EXPECT_THAT(of_two(kContext, other_row, "pass-01.json"),
              ElementsAre("manifest.json: pass-01.json is entered twice"));
  EXPECT_THAT(of_two(kContext, kRow),
              ElementsAre("pass-02.json: the same rows as in pass-01.json"));
  EXPECT_THAT(of_two(kContext + R"(,"pass":"2")", kRow),
              ElementsAre("pass-02.json: the same rows as in pass-01.json"));
  EXPECT_THAT(of_two(kContext, kRow + "\n"),  // written anew
              ElementsAre("pass-02.json: the same rows as in pass-01.json"));
  EXPECT_THAT(of_two(replaced(kContext, R"("host":"vm")", R"("host":"anonymous")"), kRow),
              ElementsAre("pass-02.json: the same rows as in pass-01.json"));
  EXPECT_THAT(of_two(replaced(kContext, R"("host":"vm")", R"("host":"rack7")"), kRow),
              ElementsAre("pass-02.json: 'host' names the machine: rack7",
                          "pass-02.json: the same rows as in pass-01.json"));
  EXPECT_THAT(of_two(kContext, ""), ElementsAre("pass-02.json: holds no rows"));
  EXPECT_THAT(of_two(replaced(kContext, "AMD EPYC", "Other"), other_row),
              ElementsAre("pass-02.json: of another machine than pass-01.json: cpu.model is 'AMD "
                          "EPYC' and 'Other'"));
  EXPECT_THAT(of_two(replaced(kContext, "6.18.0", "6.19.0"), other_row),
              ElementsAre("pass-02.json: of another kernel than pass-01.json: kernel.release is "
                          "'6.18.0' and '6.19.0'"));
  EXPECT_THAT(of_two(replaced(kContext, "#1 SMP", "#2 SMP"), other_row),
              ElementsAre("pass-02.json: of another kernel than pass-01.json: kernel.version is "
                          "'#1 SMP' and '#2 SMP'"));
  EXPECT_THAT(of_two(replaced(kContext, "5e7a", "70cb"), other_row),
              ElementsAre("pass-02.json: of another machine than pass-01.json: host.id is '5e7a' "
                          "and '70cb'"));
  EXPECT_THAT(of_two(kContext, replaced(other_row, R"(,"label":"census: strong")", "")),
              ElementsAre(HasSubstr("pass-02.json: rows of reads without a census")));
  EXPECT_THAT(of_two(kContext, other_row, "pass-02.json", R"("kernel":"6.1.0")"),
              ElementsAre("manifest.json: 'kernel' is '6.1.0', that of the passes '6.18.0'"));
  EXPECT_THAT(of_two(kContext, other_row, "pass-02.json", R"("arch":"s390x")"),
              ElementsAre("manifest.json: 'arch' is 's390x', that of the passes 'x86_64'"));
  EXPECT_THAT(of_two(kContext, other_row, "pass-02.json", R"("matrix":"full")"),
              ElementsAre("manifest.json: 'matrix' is 'full', that of the passes ''"));
  EXPECT_THAT(of_two(kContext + R"(,"matrix":"full")", other_row),
              ElementsAre("pass-02.json: of another matrix than pass-01.json: full"));
  EXPECT_THAT(of_two(kContext + R"(,"machine.emulated":"true")", other_row),
              ElementsAre("pass-02.json: machine.emulated is 'true', in pass-01.json it is not"));
}

// What another run has, or lacks, hides none of them.
TEST_F(SubmissionTest, EachRunThatIsNamedIsJudged) {
  write_run();
  std::filesystem::create_directories(directory_ / "runs");
  std::filesystem::copy(directory_ / "run", directory_ / "runs/1");
  std::filesystem::copy(directory_ / "run", directory_ / "runs/2");
  write_file(directory_ / "runs/2/manifest.json",
             replaced(read_file(directory_ / "runs/2/manifest.json"), "complete", "interrupted"));
  std::filesystem::create_directories(directory_ / "runs/3");
  write_file(directory_ / "runs/3/manifest.json",
             R"({"schema":"zpbench-run-1","state":"running","passes_planned":9,"passes":[]})");
  EXPECT_THAT(faults("runs"), IsEmpty());
  const auto& runs = loaded_.sides.front().runs();
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_THAT(faults_of(runs[1]), ElementsAre("manifest.json: run is interrupted: 1 of 1 passes"));
  EXPECT_THAT(faults_of(runs[2]), ElementsAre("manifest.json: run is running: 0 of 9 passes"));
  EXPECT_THAT(faults("runs/3"), ElementsAre("manifest.json: run is running: 0 of 9 passes"));
}

TEST_F(SubmissionTest, APathIsOfOneMachineUnlessEveryMachineHasIt) {
  const PrivateWords words;
  const auto without = [&](std::string_view text) { return words.without(text); };
  EXPECT_EQ(without("/work/x/programs.matrix"), "programs.matrix");
  EXPECT_EQ(without("run-matrix.sh --kernel /tmp/k612/boot/vmlinuz-6.12 --out=/srv/lab7/"),
            "run-matrix.sh --kernel vmlinuz-6.12 --out=lab7");
  EXPECT_EQ(without("a /mnt/my\\ disk/b c"), "a b c");
  EXPECT_EQ(without("skipped: /home/me: /root/.cache/x is not there"),
            "skipped: anonymous: x is not there");
  for (const auto* text :
       {"/sys/kernel/mm/ksm/run: Permission denied", "n/a /dev/kvm", "MiB/s, 3/4", "-- /",
        "read/placement:private/table:4096", "https://example.org/a/b", "/boot/vmlinuz", "a /b c",
        "file:///usr/share/x", "~ 5 %", "~5"})
    EXPECT_EQ(without(text), text);
  EXPECT_EQ(without("file:///home/me/x.img, file://lab7/srv/k/vmlinuz"),
            "file:x.img, file:vmlinuz");
  EXPECT_EQ(without("--out=~/lab7/r ~me/k/x"), "--out=r x");
  // Looking for the end of a path behind each sign would take hours.
  const std::string long_word(4'000'000, 'x');
  EXPECT_EQ(without(long_word), long_word);
}

TEST_F(SubmissionTest, AHostIsFoundInEveryCaseWithItsDomain) {
  PrivateWords words;
  words.add_host("Rack7.example.org");
  words.add_host("lab-9");
  EXPECT_EQ(words.without("RACK7: rack7.lan, me@Rack7.Example.ORG. rack77 rack7-a Lab-9."),
            "anonymous: anonymous, anonymous. rack77 rack7-a anonymous.");
  EXPECT_EQ(words.without("kernel of git.example.org, org"), "kernel of anonymous, org");
}

TEST_F(SubmissionTest, AHostThatIsCalledLikeAWordOfTheFormatChangesNone) {
  const auto context = kContext + R"(,"matrix":"quick","pass":"1")";
  for (const char* host : {"json", "Quick", "census", "strong", "complete", "pass-01", "1", "vm"}) {
    const auto named = fmt::format(R"("host":"{}")", host);
    write_run(replaced(context, R"("host":"vm")", named), kRow,
              R"("state":"complete","command":"run-matrix.sh --quick","options":[],)" + named);
    faults();
    ASSERT_TRUE(copy()) << host;
    EXPECT_THAT(faults("copy"), IsEmpty()) << host;
    const auto text = read_file(directory_ / "copy/manifest.json");
    EXPECT_THAT(text, HasSubstr("\"pass-01.json\"")) << host;
    EXPECT_THAT(text, HasSubstr("run-matrix.sh --quick")) << host;
    EXPECT_THAT(read_file(directory_ / "copy/pass-01.json"), HasSubstr("\"quick\"")) << host;
    std::filesystem::remove_all(directory_ / "copy");
  }
}

TEST_F(SubmissionTest, AFileAloneIsNoSubmission) {
  write_run();
  EXPECT_THAT(faults("run/pass-01.json"), ElementsAre(HasSubstr("no manifest.json")));
}

TEST_F(SubmissionTest, TheCopyHasNoNamesAndTheSameFigures) {
  auto context = replaced(kContext, R"("host_name":"vm")", R"("host_name":"rack7.example.org")");
  context = replaced(context, R"("host":"vm")", R"("host":"rack7")");
  context =
      replaced(context, R"("executable":"zpbench")", R"("executable":"/home/me/bin/zpbench")");
  context += R"(,"matrix":"/home/me/rack7.matrix","load_avg":[0.1,2],"dmi.serial":"X","n":true)";
  write_run(
      context, replaced(kRow, "census: strong", "census: strong; rack7 rack77"),
      R"("state":"complete","host":"rack7","seed":1795628432,"options":["--out","/home/me/r"])");
  write_file(directory_ / "run/report.html", "rack7");
  EXPECT_THAT(faults(), Not(IsEmpty()));
  EXPECT_THAT(value_of(copy()), ElementsAre("report.html"));
  for (const char* file : {"copy/pass-01.json", "copy/manifest.json"}) {
    const auto text = read_file(directory_ / file);
    EXPECT_THAT(text, Not(HasSubstr("rack7.")));
    EXPECT_THAT(text, Not(HasSubstr("rack7\"")));
    EXPECT_THAT(text, Not(HasSubstr("/home/me")));
  }
  const auto pass = read_file(directory_ / "copy/pass-01.json");
  EXPECT_THAT(pass, HasSubstr("\"ns_per_read\": 1.6200000000000001"));
  EXPECT_THAT(pass, HasSubstr("\"real_time\": 1e0"));
  EXPECT_THAT(pass, HasSubstr("\"executable\": \"zpbench\""));
  EXPECT_THAT(pass, HasSubstr("anonymous rack77"));  // another word
  EXPECT_THAT(pass, HasSubstr("\"machine.virtualisation\": \"kvm\""));
  EXPECT_THAT(read_file(directory_ / "copy/manifest.json"), HasSubstr("\"seed\": 1795628432"));
  EXPECT_THAT(faults("copy"), IsEmpty());
  EXPECT_FALSE(copy());
}

TEST_F(SubmissionTest, WhatIsNoNumberStaysOne) {
  write_run(kContext, replaced(kRow, R"("real_time":1e0)", R"("real_time":NaN,"x":-Infinity)"));
  faults();
  ASSERT_TRUE(copy());
  EXPECT_THAT(faults("copy"), IsEmpty());
  EXPECT_EQ(loaded_.sides.front().runs().front().files.front().non_finite.count, 2U);
}

TEST_F(SubmissionTest, AHostThatIsCalledLikeAFactChangesNone) {
  write_run(replaced(kContext, R"("host":"vm")", R"("host":"kvm")"));
  faults();
  ASSERT_TRUE(copy());
  EXPECT_THAT(read_file(directory_ / "copy/pass-01.json"),
              HasSubstr("\"machine.virtualisation\": \"kvm\""));
  EXPECT_THAT(faults("copy"), IsEmpty());
}

}  // namespace
}  // namespace zp::analysis
