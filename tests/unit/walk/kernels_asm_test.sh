#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the compiler made of the timed loops. On x86-64: every kernel reads in its loop, calls nothing, and stores
# nowhere but on its stack; elsewhere: it reads, and calls nothing. Snippets that break each of these rules show that the test can fail.
#
#   kernels_asm_test.sh LIBRARY COMPILER OBJDUMP
set -euo pipefail
export LC_ALL=C # objdump's words, as they are read here
library=$1 compiler=$2 objdump=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints what is wrong with the functions of zp::kernels in an object file or library; nothing if all is well.
faults() {  # FILE
  "$objdump" -d -r -C --no-show-raw-insn "$1" | awk '
    function close_function(  i, loads_in_loop) {
      if (name == "") return
      ++kernels
      for (i = 0; i < jumps; ++i) loads_in_loop += loads_between(jump_to[i], jump_from[i])
      if (loops && loads_in_loop == 0) print name ": no load in a loop"
      if (!loops && loads == 0) print name ": no load"
      name = ""; loads = jumps = 0; delete load_at
    }
    function loads_between(from, to,  i, n) {
      for (i = 0; i < loads; ++i) n += load_at[i] >= from && load_at[i] <= to
      return n
    }
    function number(hex,  i, n) {
      for (i = 1; i <= length(hex); ++i) n = 16 * n + index("0123456789abcdef", substr(hex, i, 1)) - 1
      return n
    }
    BEGIN { loads = jumps = 0 }
    / file format / {
      arch = $NF
      loops = 0
      if (arch ~ /x86-64/) {
        loops = 1; call = "^(call|jmp +\\*)"; load = "\\(%"; not_load = "^(lea|nop|data16|cs|push|pop|ret)"
        stack = "\\(%rsp"; store = ",[^,]*\\([^)]*\\)$|^(inc|dec|neg|not|set)[a-z]* .*\\)$"
        not_store = "^(cmp|test|nop|data16|cs|prefetch)"
      } else if (arch ~ /s390/) {
        call = "^(brasl|bras|basr|balr|bal)[ \t]"; load = "^(lg|ag|alg|ng|og)[ \t]"; store = "^NONE$"
      } else if (arch ~ /mips/) {
        call = "^(jal|jalr|bal|balc|jialc|bgezal|bltzal)[a-z]*[ \t]"; load = "^(ld|ldx)[ \t]"; store = "^NONE$"
      } else { print "no rules for " arch; exit }
    }
    /^[0-9a-f]+ <.*>:$/ {
      close_function()
      if (loops) stack = "\\(%rsp"
      if ($0 ~ /<zp::kernels::/) { name = $0; sub(/^[^<]*</, "", name); sub(/>:$/, "", name) }
      next
    }
    name != "" && /R_[A-Z0-9_]+(PLT|CALL|GPREL|26)/ { print name ": a call: " $0; next }
    name != "" && /^ *[0-9a-f]+:\t/ {
      address = $1; sub(/:$/, "", address); address = number(address)
      instruction = $0; sub(/^ *[0-9a-f]+:\t/, "", instruction); sub(/ +#.*/, "", instruction)
      gsub(/[ \t]+$/, "", instruction)
      if (instruction ~ /^mov +%rsp,%rbp$/) stack = "\\(%rsp|\\(%rbp"  # a frame pointer
      if (instruction ~ call) print name ": a call: " instruction
      if (instruction ~ store && instruction !~ not_store && instruction !~ stack)
        print name ": a store: " instruction
      if (instruction ~ load && (not_load == "" || instruction !~ not_load) && (stack == "" || instruction !~ stack))
        load_at[loads++] = address
      if (loops && instruction ~ /^j/) {
        split(instruction, word, /[ \t]+/)
        if (word[2] ~ /^[0-9a-f]+$/ && number(word[2]) < address) {
          jump_to[jumps] = number(word[2]); jump_from[jumps++] = address
        }
      }
    }
    END { close_function(); if (kernels == 0) print "no kernels" }'
}

# A snippet must be found faulty, and for the right reason.
must_find() {  # FAULT SOURCE
  echo "#include <cstdint>
    namespace zp::kernels { $2 }" >"$work/snippet.cpp"
  "$compiler" -O2 -c "$work/snippet.cpp" -o "$work/snippet.o"
  found=$(faults "$work/snippet.o")
  case $found in *"$1"*) ;; *) echo "not found: $1 in: $2 (but: $found)"; exit 1 ;; esac
}

case $("$objdump" -f "$library" | grep -m1 -o 'file format .*') in
  *x86-64*)
    must_find "a store" 'std::uint64_t f(std::uint64_t* p, std::uint64_t n) { std::uint64_t s = 0; while (n--) s += p[n]--; return s; }'
    must_find "no load in a loop" 'std::uint64_t f(std::uint64_t* p, std::uint64_t n) { std::uint64_t s = *p; while (n--) s = s * s + n; return s; }' ;;
esac
must_find "a call" 'std::uint64_t g(std::uint64_t); std::uint64_t f(std::uint64_t* p, std::uint64_t n) { std::uint64_t s = 0; while (n--) s += g(p[n]); return s; }'
must_find "no load" 'std::uint64_t f(std::uint64_t n) { return n * 3; }'
must_find "no kernels" ''

kernels=$("$objdump" -d -C "$library" | grep -c '^[0-9a-f]* <zp::kernels::') || true
[ "$kernels" = 10 ] || { echo "$kernels kernels found, 10 expected"; exit 1; }
found=$(faults "$library")
[ -z "$found" ] || { echo "$found"; exit 1; }
echo "$kernels kernels are as they must be"
