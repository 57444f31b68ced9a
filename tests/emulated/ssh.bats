#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# run-matrix.sh --target ssh:HOST against an sshd of our own on loopback: own port, own keys, gone afterwards.

bats_require_minimum_version 1.5.0

setup() {
  : "${TOP:?as ctest sets it}" "${ZP_BIN:?as ctest sets it}"
  sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || skip "no sshd: scripts/install-deps.sh --for ssh-test"
  cd "$BATS_TEST_TMPDIR"
  export TMPDIR=$BATS_TEST_TMPDIR
  ssh-keygen -q -t ed25519 -N '' -f host_key
  ssh-keygen -q -t ed25519 -N '' -f key
  port=$((20000 + RANDOM % 20000))
  cat >sshd.conf <<EOF
ListenAddress 127.0.0.1:$port
HostKey $PWD/host_key
PidFile $PWD/sshd.pid
AuthorizedKeysFile $PWD/key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
EOF
  cat >ssh.conf <<EOF
Host there
  HostName 127.0.0.1
  Port $port
  User $(id -un)
  IdentityFile $PWD/key
  IdentitiesOnly yes
  UserKnownHostsFile $PWD/known
  StrictHostKeyChecking no
  LogLevel ERROR
EOF
  export ZP_SSH="ssh -F $PWD/ssh.conf"
  # Where root has no /run/sshd, sshd wants it all the same.
  [ "$(id -u)" != 0 ] || [ -d /run/sshd ] || { mkdir /run/sshd; made=1; }
  "$sshd" -D -e -f "$PWD/sshd.conf" 2>sshd.log 3>&- &
  server=$!
  for _ in {1..50}; do $ZP_SSH there true 2>/dev/null && break; sleep 0.1; done
  cat >small.matrix <<'EOF'
placements = private,memfd_coloured:8
tables = 1m
strides = 64
repetitions = 1
min-time = 0.002
EOF
}

teardown() {
  cat sshd.log
  [ -z "${server-}" ] || { kill "$server"; wait "$server" || :; }
  [ -z "${made-}" ] || rmdir /run/sshd
}

left_there() { compgen -G '/tmp/zpbench.??????'; }

run_there() { "$TOP/scripts/run-matrix.sh" --target ssh:there --bin "$ZP_BIN" --matrix small.matrix --out results "$@"; }

@test "programs go there, the run directory comes back, nothing is left" {
  left_there >before || :
  run -0 --separate-stderr run_there --passes 2 -- --walks random
  directory=${lines[-1]}
  [[ $directory == "$PWD/results/$(uname -n)/$(uname -r)/"* ]]
  [ "$(ls "$directory" | tr '\n' ' ')" = "manifest.json pass-01.json pass-02.json " ]
  jq -e '.state == "complete" and .options == ["--walks", "random"]' "$directory/manifest.json"
  jq -e '.context["machine.emulated"] == "false" and (.benchmarks | length) == 2' "$directory/pass-02.json"
  [[ $output == *memfd_coloured:8* ]]
  left_there >after || :
  diff before after
  ! pgrep -f "control.*$TMPDIR"
}

@test "what ends this side ends that side, and the run can be gone on with" {
  left_there >before || :
  # The script alone, then all of its group, as a terminal does it.
  for group in '' -; do
    rm -f err
    setsid "$TOP/scripts/run-matrix.sh" --target ssh:there --bin "$ZP_BIN" --matrix small.matrix --out results \
      --passes 4 -- --min-time 0.3 >out 2>err 3>&- &
    pid=$!
    until grep -qs 'pass 2 of' err; do kill -0 $pid; sleep 0.1; done
    kill -TERM -- $group$pid
    status=0
    wait $pid || status=$?
    cat err
    [ "$status" = 143 ]
    directory=$(echo "$PWD"/results/*/*/*)
    grep -q "run-matrix.sh: the passes that were whole on there are in $directory" err
    jq -e '.state == "interrupted" and (.passes | length) >= 1' "$directory/manifest.json"
    (cd "$directory" && jq -r '.passes[] | "\(.sha256)  \(.file)"' manifest.json | sha256sum -c --quiet)
    grep -q "run-matrix.sh: go on with: scripts/run-matrix.sh --target ssh:there --resume $directory" err
    [ "$(grep -c resume err)" = 1 ] # not there
    ! grep -E 'No such file|not empty|left there' err
    left_there >after || :
    diff before after
    sum=$(sha256sum "$directory/pass-01.json")
    # What has changed is refused there, and then the run stays as it was.
    cp "$directory/manifest.json" was
    jq '.program_sha256 = "'"$(printf %064d 0)"'"' was >"$directory/manifest.json"
    resume_there() { run --separate-stderr "$TOP/scripts/run-matrix.sh" --target ssh:there --bin "$ZP_BIN" --resume "$directory"; }
    resume_there
    [ "$status" = 2 ]
    [[ $stderr == *"zpbench is not as it was when "*" began: start a new run" && $stderr != *whole* ]]
    cp was "$directory/manifest.json"
    resume_there
    [ "$status" = 0 ]
    [ "${lines[-1]}" = "$directory" ]
    [ "$(sha256sum "$directory/pass-01.json")" = "$sum" ]
    jq -e --arg matrix "$PWD/small.matrix" '.state == "complete" and .matrix == $matrix and (.command | contains($matrix))
      and (.passes | map(.file)) == ["pass-01.json", "pass-02.json", "pass-03.json", "pass-04.json"]' "$directory/manifest.json"
    left_there >after || :
    diff before after
    rm -r results
  done
}

@test "a run of this machine is gone on with over ssh, and the other way round" {
  here=("$TOP/scripts/run-matrix.sh" --bin "$ZP_BIN" --matrix small.matrix --passes 2)
  unfinish() {  # as if the second pass had been interrupted
    rm "$directory"/pass-02.json
    jq '.state = "interrupted" | .passes |= .[:1]' "$directory/manifest.json" >manifest
    mv manifest "$directory/manifest.json"
  }
  for begun in native ssh:there; do
    if [ $begun = native ]; then gone_on=(--target ssh:there) from=(); else gone_on=() from=(--target ssh:there); fi
    run -0 --separate-stderr "${here[@]}" "${from[@]}" --out results
    directory=${lines[-1]}
    unfinish
    run -0 --separate-stderr "$TOP/scripts/run-matrix.sh" --bin "$ZP_BIN" "${gone_on[@]}" --resume "$directory"
    jq -e --arg sum "$(sha256sum <"$ZP_BIN/zpbench" | cut -d' ' -f1)" '.state == "complete" and (.passes | length) == 2
      and .program_sha256 == $sum' "$directory/manifest.json"
  done
}

@test "a host that cannot be reached is not a run" {
  kill "$server"; wait "$server" || :; server=''
  run -4 --separate-stderr run_there
  [[ $stderr == *"cannot run commands on there over ssh"* ]]
}
