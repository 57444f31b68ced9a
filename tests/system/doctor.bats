#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# zpbench --doctor PID: what KSM does with somebody else's memory, and why it does not.

setup() {
  load ../lib/host
  cd "$BATS_TEST_TMPDIR" || return
  odd=$'odd\n\e[31m name'
  head -c 1m /dev/zero >"$odd"
}

teardown() {
  exec 7>&-
  [ -z "${target-}" ] || wait "$target" || :
  [ -z "${public-}" ] || rm -rf "$public"
}

# starts [CMD...] -- [HOW]: the process `mapped`; its PID in $target, where its mappings are in at[NAME].
starts() {
  local before=() name address
  while [ "$1" != -- ]; do before+=("$1"); shift; done
  shift
  mkfifo "fifo.$BATS_TEST_NUMBER"
  "${before[@]}" "${MAPPED:-${NEIGHBOUR%/*}/mapped}" "$odd" "$@" <"fifo.$BATS_TEST_NUMBER" >mapped.out 3>&- &
  target=$!
  exec 7>"fifo.$BATS_TEST_NUMBER"
  wait_until grep -q ready mapped.out
  declare -gA at=()
  while read -r name address; do at[$name]=$address; done < <(grep ' ' mapped.out)
  [ "${#at[@]}" = 5 ]
}

# says NAME FILTER: of the mapping NAME in doctor.json.
says() { jq -e --arg at "${at[$1]}" ".largest[] | select(.address == \$at) | $2" doctor.json >/dev/null || { jq -c ".largest[]" doctor.json; return 1; }; }

has_scan() { [ "$(jq -r .source doctor.json)" != pagemap ] || skip "this kernel does not tell zero pages to its users"; }

@test "each mapping, what its pages are and why it does not merge" {
  starts --
  "$ZPBENCH" --doctor "$target" --json >doctor.json
  jq -e --arg pid "$target" '.schema == "zpbench-doctor-process-1" and (.pid | tostring) == $pid and .command == "mapped"
    and .all_mappings and .pages_not_looked_at == 0 and (.largest | length) == 12' doctor.json
  [ -d /sys/kernel/mm/ksm ] && jq -e '.ksm.merges == false and (.findings | any(test("None of its memory is registered")))' doctor.json
  has_scan
  says half '.mergeable == "unregistered" and .pages.private == 1024 and .pages.zero == 0 and .pages.ksm == 0'
  says zero '.mergeable == "unregistered" and .pages.zero == 1024 and .pages.private == 0'
  says shared '.mergeable == "shared" and .pages.file == 512'
  says file '.mergeable == "file" and .pages.file > 0 and (.name | test("odd.012.x1b.31m name$"))'
  says alike '.mergeable == "unregistered" and .pages.private == 2304'
  # 512 + 256 pages of zeros among 3328 of ours, and some of the libraries': 140 more with a sanitizer's.
  jq -e '[.saving | .zero_low_bytes, .zero_bytes, .zero_high_bytes] as [$low, $here, $high]
    | $low < $here and $here < $high and $low / .page_size_bytes < 1100 and $high / .page_size_bytes > 600' doctor.json
  jq -e '.saving.sample.read > 500 and .saving.most_bytes / .page_size_bytes >= 3328 and .scan.most_record_bytes > 0' doctor.json
  # For people the same, in bounds.
  "$ZPBENCH" --doctor "$target" >doctor
  cat doctor
  fits_75_columns <doctor
  [ "$(wc -l <doctor)" -lt 90 ]
  grep -q "^Process $target (mapped): " doctor
  grep -qF 'odd\012\x1b[31m name' doctor
}

@test "a user's own process without privilege" {
  public_directory
  chmod 777 . "$odd"
  cp "${MAPPED:-${NEIGHBOUR%/*}/mapped}" "$public/mapped"
  cp "$odd" "$public/odd"
  odd=$public/odd MAPPED=$public/mapped
  starts setpriv --reuid=65534 --regid=65534 --clear-groups --
  (cd / && as_nobody "$public/zpbench" --doctor "$target" --json) >doctor.json
  has_scan
  says half '.pages.private == 1024 and .pages.zero == 0'
  says zero '.pages.zero == 1024'
  jq -e '.source == "pagemap_scan"' doctor.json
  # Somebody else's is refused.
  run -4 --separate-stderr as_nobody "$public/zpbench" --doctor $$
  [ -z "$output" ]
  [[ $stderr == *"cannot read /proc/$$/maps: Permission denied: it takes CAP_SYS_PTRACE, or the same user and a process that may be dumped (PR_SET_DUMPABLE)" ]]
}

@test "what is no process with memory: one line and exit status 2" {
  sh -c 'exit 0' 3>&- &
  gone=$!
  wait "$gone"
  # A parent that does not wait.
  sh -c 'sleep 0.01 & echo $!; exec sleep 30' >child 3>&- &
  parent=$!
  for _ in {1..500}; do grep -qs '^State:.Z' "/proc/$(cat child 2>/dev/null)/status" && break; sleep 0.02; done
  zombie=$(cat child)
  kthread=$(awk '$2 == "(kthreadd)" {print $1}' /proc/[0-9]*/stat 2>/dev/null || :)
  for pid in "$gone:no such process" "$zombie:a zombie" "${kthread:-none}:a kernel thread" "x:not the number"; do
    [ "${pid%%:*}" != none ] || continue
    refuses 2 "$ZPBENCH" --doctor "${pid%%:*}"
    [[ $stderr == *"${pid#*:}"* ]]
  done
  kill "$parent"
}

@test "registered memory: what ksmd merged is counted, by madvise and by prctl" {
  needs_root_and_ksm
  free_lock
  [ "$(cat $KSM/run)" = 0 ] || skip "KSM is in use here"
  [ -e $KSM/ksm_zero_pages ] || skip "this kernel does not count zero pages"
  for how in madvise prctl; do
    starts -- $how
    "$ZPBENCH" --doctor "$target" --json >doctor.json
    says alike '.mergeable == "registered" and .pages.ksm == 0'
    jq -e '.findings | any(test("ksmd is off: ksm.run is 0"))' doctor.json
    [ $how = madvise ] && says half '.mergeable == "unregistered"'
    [ $how = prctl ] && says half '.mergeable == "registered"'
    # ksmd runs under the host's lock alone, and all knobs are back before it is given away.
    host_locked bash -c '
      cd "$1"
      for knob in run use_zero_pages pages_to_scan sleep_millisecs smart_scan; do [ ! -e $knob ] || echo "$knob $(cat $knob)"; done >"$2/found"
      trap "while read -r knob value; do echo \$value >\$knob; done <\"$2/found\"" EXIT
      echo 1 >use_zero_pages; echo 5000 >pages_to_scan; echo 0 >sleep_millisecs; echo 0 >smart_scan; echo 1 >run
      for _ in {1..500}; do
        awk -v zeros="$4" "\$1 == \"ksm_merging_pages\" && \$2 >= 2048 {a = 1} \$1 == \"ksm_zero_pages\" && \$2 >= zeros {b = 1}
          END {exit !(a && b)}" "/proc/$3/ksm_stat" && break
        sleep 0.02
      done' sh $KSM "$PWD" "$target" "$([ $how = prctl ] && echo 768 || echo 256)"
    "$ZPBENCH" --doctor "$target" --json >doctor.json
    jq -c '.ksm, .findings' doctor.json
    jq -e '.ksm.merges and .ksm.merging_pages >= 2048 and .ksm.zero_pages >= 256' doctor.json
    says alike '.pages.ksm == 2048 and .pages.zero == 256 and .pages.private == 0'
    "$ZPBENCH" --doctor "$target" | grep -q '^KSM merges: [0-9]* of its pages are in KSM'
    exec 7>&-
    wait "$target"
    rm "fifo.$BATS_TEST_NUMBER"
  done
  target=
}

@test "60 000 mappings: bounded in time and lines, and said" {
  alone=$(took_us "$ZPBENCH" --doctor)
  mkfifo many
  "$NEIGHBOUR" 60000 <many >ready 3>&- &
  target=$!
  exec 7>many
  wait_until test -s ready
  took=$(took_us "$ZPBENCH" --doctor "$target")
  echo "$took us, $alone us without it"
  cat printed
  [ "$took" -lt $((4 * alone)) ]
  [ "$(wc -l <printed)" -lt 100 ]
  grep -q '^Not looked at' printed
  grep -q 'has more mappings than the first' printed
}
