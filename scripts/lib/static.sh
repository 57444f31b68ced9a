# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154  # package.sh's variables
# The programs once more, linked with nothing but archives: same objects as in the package.

# The suite whose headers the programs were compiled with.
static_suite() {
  # shellcheck disable=SC1091
  if [ "$architecture" = native ]; then (. /etc/os-release && echo "$VERSION_CODENAME"); else echo "$TARGET_SUITE"; fi
}

# libbenchmark.a and libfmt.a, which Debian does not have, from its sources.
static_fill() { # DIRECTORY
  local directory=$1 source work=$1/work suite
  suite=$(static_suite)
  need_command dpkg-source dpkg-dev
  debian_update "$suite" "$debian_arch"
  mkdir "$work"
  (cd "$work" && debian_apt "$suite" "$debian_arch" apt-get -qq source benchmark fmtlib &>sources.log) ||
    cannot_run "cannot fetch the sources of benchmark and fmtlib from Debian $suite: $(tail -n 1 "$work/sources.log")"
  for source in "$work"/benchmark-*/src/*.cc "$work"/fmtlib-*/src/{format,os}.cc; do
    case $source in */benchmark_main.cc) ;; *) printf '%s\0' "$source" ;; esac
  done | (cd "$work" && xargs -0 -n 1 -P "$(nproc)" "${cxx[@]}" -std=c++17 -O2 -DNDEBUG \
    -I "$(echo "$work"/benchmark-*/include)" -I "$(echo "$work"/fmtlib-*/include)" -c) || return
  ar rcs "$directory/libfmt.a" "$work"/{format,os}.o
  rm "$work"/{format,os}.o
  ar rcs "$directory/libbenchmark.a" "$work"/*.o
  for source in benchmark fmtlib; do cp "$work/$source"-*/debian/copyright "$directory/$source.copyright"; done
  rm -r "$work"
}

# The terms of every library that is in the programs, those that are headers alone included.
static_licences() { # DIRECTORY
  local package copyright doc=${libraries%/usr/lib/*}/usr/share/doc
  mkdir -p "$1"
  cp "$archives"/*.copyright "$1/"
  for copyright in "$doc"/{libc6,libstdc++6,libnuma1,libpapi7.*,libpfm4,libsqlite3-0,libnettle8*}/copyright \
    "$doc"/{libcli11-dev,rapidjson-dev,libexpected-dev,libboost1.*-dev}/copyright; do
    [ -f "$copyright" ] || continue
    package=${copyright%/copyright}
    cp -L "$copyright" "$1/${package##*/}.copyright"
  done
}

static_inputs() { # PATTERN: of $program
  ninja -C "$build" -t inputs "bin/$program" | grep "$1" | sed "s|^|$build/|"
}

static_tarball() {
  local archives name stage library linked=(-lbenchmark -lfmt) program tarball
  archives=$(cache_dir)/static/$(static_suite)-$debian_arch
  cached "$archives" static_fill
  for library in numa papi sde pfm sqlite3 nettle; do # PAPI: not for s390x
    [ ! -f "$libraries/lib$library.a" ] || linked+=("-l$library")
  done
  name=zpbench-$version-$debian_arch-static
  stage=build/$name
  rm -rf "$stage"
  logged cmake --install "$build" --prefix "$PWD/$stage"
  for program in zpbench zpanalyze; do
    # What ninja links: objects and archives that a renamed source left in the directory are not taken.
    # shellcheck disable=SC2046 # lists of files
    logged "${cxx[@]}" -static -s -o "$stage/bin/$program" $(static_inputs "/$program\.dir/.*\.o$") \
      -L"$archives" -L"$libraries" -Wl,--start-group $(static_inputs 'libzp_.*\.a$') "${linked[@]}" -Wl,--end-group
  done
  static_licences "$stage/share/doc/zpbench/licences"
  tarball=build/packages/$name.tar.gz
  tar -C build --sort=name --owner=0 --group=0 --numeric-owner --mtime="$(git log -1 --format=@%ct 2>/dev/null || echo now)" \
    -czf "$tarball" "$name"
  rm -r "$stage"
  result "$PWD/$tarball"
}
