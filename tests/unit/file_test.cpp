// SPDX-License-Identifier: MIT
#include "harness/support/file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

std::size_t files_in(const std::string& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    count += !entry.path().empty();
  return count;
}

TEST(File, ReadsWholeFilesAndNamesWhatItCannotRead) {
  FakeTree tree;
  const std::string text(10000, 'x');
  tree.write("sys/long", text);
  EXPECT_EQ(*read_text_file(tree.path("sys/long")), text);
  const auto missing = read_text_file(tree.path("sys/none"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message,
            "cannot read " + tree.path("sys/none") + ": No such file or directory");
  EXPECT_FALSE(read_text_file(tree.path("sys")));  // a directory
}

TEST(File, TrimsBothEnds) {
  FakeTree tree;
  tree.write("sys/a", " \t 12 34\r\n\n");
  tree.write("sys/blank", " \n");
  EXPECT_EQ(read_trimmed(tree.path("sys/a")), "12 34");
  EXPECT_EQ(read_trimmed(tree.path("sys/blank")), "");
  EXPECT_EQ(read_trimmed(tree.path("sys/none")), std::nullopt);
}

TEST(File, WritesKernelFilesOnlyWhereTheyAre) {
  FakeTree tree;
  tree.write("sys/knob", "0\n");
  EXPECT_TRUE(write_kernel_file(tree.path("sys/knob"), "1"));
  EXPECT_EQ(tree.read("sys/knob"), "1");
  EXPECT_FALSE(write_kernel_file(tree.path("sys/none"), "1"));
  EXPECT_FALSE(std::filesystem::exists(tree.path("sys/none")));
  // The kernel takes the open, and refuses the write.
  const auto refused = write_kernel_file("/proc/version", "1");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("cannot write 1 to /proc/version"), std::string::npos);
}

TEST(File, AtomicWritesLeaveAnExistingFileIntact) {
  FakeTree tree;
  const std::string path = tree.path("sys/out.json");
  ASSERT_TRUE(write_file_atomically(path, "first", false));
  const auto second = write_file_atomically(path, "second", false);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ExitCode::kUsage);
  EXPECT_NE(second.error().message.find(path), std::string::npos);
  EXPECT_EQ(tree.read("sys/out.json"), "first");
  ASSERT_TRUE(write_file_atomically(path, "third", true));
  EXPECT_EQ(tree.read("sys/out.json"), "third");
  EXPECT_EQ(files_in(tree.path("sys")), 1U);  // no temporary file
}

TEST(File, AtomicWritesThatFailLeaveNothing) {
  FakeTree tree;
  EXPECT_FALSE(write_file_atomically(tree.path("none/out"), "text", false));
  tree.write("sys/directory/file", "");
  EXPECT_FALSE(write_file_atomically(tree.path("sys/directory"), "text", true));
  EXPECT_EQ(files_in(tree.path("sys")), 1U);
}

TEST(File, CreatableIsSaidBeforehandWithoutATrace) {
  FakeTree tree;
  EXPECT_TRUE(check_creatable(tree.path("sys/new")));
  EXPECT_EQ(files_in(tree.path("sys")), 0U);
  EXPECT_FALSE(check_creatable(tree.path("none/new")));
  EXPECT_FALSE(check_creatable(tree.path("sys")));
  EXPECT_FALSE(check_creatable(tree.path("sys/" + std::string(300, 'n'))));
  tree.link("sys/dangling", "/nowhere");
  EXPECT_FALSE(check_creatable(tree.path("sys/dangling")));
}

TEST(File, DescriptorsHaveOneOwner) {
  int raw[2];
  ASSERT_EQ(::pipe(raw), 0);
  Fd writer(raw[1]);
  const Fd reader(raw[0]);
  {
    const Fd moved = std::move(writer);
    EXPECT_TRUE(moved);
  }
  char byte = 0;
  EXPECT_EQ(::read(reader.get(), &byte, 1), 0);  // closed with its only owner
}

}  // namespace
}  // namespace zp
