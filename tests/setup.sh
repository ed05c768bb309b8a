# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# shellcheck shell=sh

# Sourced by tests/run.sh, examples/demo.sh and bench/run.sh, which know what they need:
#
#   setup "<things needed>" "<things used if they are there>"
#
# looks for each thing and installs what is missing by apt-get, as root or through sudo, after
# saying what. Where that cannot be done, or may not (MPCC_NO_INSTALL=1), it prints the one line
# to run and exits; but for things of the second kind alone it goes on without them.

# What each thing is called by each package manager; "." if it comes with something else.
setup_names='
cc        gcc,libc6-dev          gcc,glibc-devel     gcc,musl-dev       gcc,make           .
make      make                   make                make               make               .
cmake     cmake                  cmake               cmake              cmake              cmake
pkgconfig pkg-config             pkgconf-pkg-config  pkgconf            pkgconf            pkgconf
libuv     libuv1-dev             libuv-devel         libuv-dev          libuv              libuv
sqlite    libsqlite3-dev         sqlite-devel        sqlite-dev         sqlite             sqlite
cmocka    libcmocka-dev          libcmocka-devel     cmocka-dev         cmocka             cmocka
cxx       g++                    gcc-c++             g++                gcc                .
clang     clang,libclang-rt-dev  clang,compiler-rt   clang,compiler-rt  clang,compiler-rt  .
strace    strace                 strace              strace             strace             .
sqlite3   sqlite3                sqlite              sqlite             sqlite             sqlite
spin      spin                   .                  .                  .                  .
gnuplot   gnuplot-nox            gnuplot-minimal     gnuplot            gnuplot            gnuplot
valgrind  valgrind               valgrind            valgrind           valgrind           .
cppcheck  cppcheck               cppcheck            cppcheck           cppcheck           cppcheck
clang-tidy clang-tidy            clang-tools-extra   clang-extra-tools  clang              .
ninja     ninja-build            ninja-build         ninja-build        ninja              ninja
hiredis   libhiredis-dev         hiredis-devel       hiredis-dev        hiredis            hiredis
redis     redis-server           redis               redis              redis              redis
librabbitmq librabbitmq-dev   librabbitmq-devel  rabbitmq-c-dev   librabbitmq-c   rabbitmq-c
rabbitmq  rabbitmq-server        rabbitmq-server     rabbitmq-server    rabbitmq           rabbitmq
libpq     libpq-dev              libpq-devel         libpq-dev          postgresql-libs    libpq
postgres  postgresql        postgresql-server  postgresql       postgresql      postgresql
arm64gcc  gcc-aarch64-linux-gnu,libc6-dev-arm64-cross .  .                  .                  .
qemuarm64 qemu-user-static       .                   .                  .                  .
m32       gcc-12-multilib,libc6-dev-i386 .           .                  .                  .
musl      musl-tools             .                   .                  .                  .
doxygen   doxygen                doxygen             doxygen            doxygen            doxygen
fossil    fossil                 fossil              fossil             fossil             fossil
codespell codespell              codespell           .                  codespell          codespell
man       man-db,bsdextrautils   man-db              mandoc             man-db             .
python3   python3                python3             python3            python             python
gdb       gdb                    gdb                 gdb                gdb                .
curl      libcurl4-openssl-dev   libcurl-devel       curl-dev           curl               curl
ncurses   libncurses-dev         ncurses-devel       ncurses-dev        ncurses            ncurses
tmux      tmux                   tmux                tmux               tmux               tmux
promtool  prometheus        .                  prometheus       prometheus      prometheus
sdt       systemtap-sdt-dev      systemtap-sdt-devel .                  .                  .
bpftrace  bpftrace               bpftrace            bpftrace           bpftrace           .
perf      linux-perf             perf                perf               perf               .
readelf   binutils               binutils            binutils           binutils           .
debootstrap debootstrap          debootstrap         .                  debootstrap        .
dpkg-dev  dpkg-dev,file          .                   .                  .                  .
lintian   lintian                .                   .                  .                  .
abidiff   abigail-tools          libabigail          .                  libabigail         .
rustc     rustc                  rust                rust               rust               rust
moodycamel libconcurrentqueue-dev .                  .                  .                  .
urcu      liburcu-dev            userspace-rcu-devel userspace-rcu-dev  liburcu            .
ck        libck-dev              ck-devel            .                  .                  .
glib      libglib2.0-dev         glib2-devel         glib-dev           glib2              glib
tbb       libtbb-dev             tbb-devel           onetbb-dev         onetbb             tbb
go        golang-go,golang-google-api-dev .          .                  .                  .
java      default-jdk-headless,libdisruptor-java .   .                  .                  .
'

# setup_here <thing>: is it there, and does it do what it is wanted for?
setup_here()
{
  case $1 in
    cc) printf '#include <stdlib.h>\n' | "${CC:-cc}" -E - ;;
    cxx) printf '#include <cstdlib>\n' | "${CXX:-c++}" -x c++ -E - ;;
    pkgconfig) command -v pkg-config ;;
    libuv) pkg-config --exists 'libuv >= 1.38' ;;
    sqlite) pkg-config --exists sqlite3 ;;
    cmocka) pkg-config --exists cmocka ;;
    clang) setup_links clang -fsanitize=address && setup_links clang -fsanitize=thread ;;
    strace) [ "$(uname -s)" != Linux ] || command -v strace ;;
    hiredis) pkg-config --exists hiredis ;;
    redis) command -v redis-server && command -v redis-cli ;;
    librabbitmq) pkg-config --exists librabbitmq ;;
    rabbitmq) setup_program rabbitmq-server /usr/lib/rabbitmq/bin ;;
    libpq) pkg-config --exists 'libpq >= 14' ;;
    curl) pkg-config --exists 'libcurl >= 7.66' ;;
    ncurses) pkg-config --exists ncurses ;;
    sdt) echo '#include <sys/sdt.h>' | "${CC:-cc}" -E - ;;
    dpkg-dev) command -v dpkg-shlibdeps && command -v file ;;
    postgres) setup_program initdb /usr/lib/postgresql/*/bin /usr/pgsql-*/bin ;;
    moodycamel) setup_moodycamel ;;
    urcu) pkg-config --exists liburcu-cds ;;
    ck) pkg-config --exists ck ;;
    glib) pkg-config --exists glib-2.0 ;;
    tbb) pkg-config --exists tbb ;;
    arm64gcc) setup_links aarch64-linux-gnu-gcc -static ;;
    qemuarm64) command -v qemu-aarch64-static || command -v qemu-aarch64 ;;
    m32) setup_links gcc -m32 ;; # gcc-multilib would not stand beside arm64gcc
    musl) command -v musl-gcc ;;
    go) command -v go && [ -d "$setup_gopath/src/google.golang.org/api/support/bundler" ] ;;
    java) command -v javac && [ -r "$setup_disruptor" ] ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

# setup_program <name> <folder>...: distributions keep some programs out of the PATH.
setup_program()
{
  setup_name=$1
  shift
  for setup_folder in "$@"; do
    [ ! -x "$setup_folder/$setup_name" ] || return 0
  done
  command -v "$setup_name"
}

# Where a distribution puts what is not looked for by itself.
setup_gopath=/usr/share/gocode
setup_disruptor=/usr/share/java/disruptor.jar

# Its header has no module, and lies in one folder or another.
setup_moodycamel()
{
  for setup_folder in "" concurrentqueue/ concurrentqueue/moodycamel/ moodycamel/; do
    echo "#include <${setup_folder}concurrentqueue.h>" | "${CXX:-c++}" -x c++ -E - && return 0
  done
  return 1
}

# setup_links <compiler> <flag>: can it link a program with this flag?
setup_links()
{
  setup_probe=$(mktemp) || return 1
  setup_status=0
  echo 'int main(void) { return 0; }' | "$1" "$2" -x c -o "$setup_probe" - || setup_status=1
  rm -f "$setup_probe"
  return $setup_status
}

setup_missing()
{
  for setup_thing in $1; do
    setup_here "$setup_thing" || printf '%s ' "$setup_thing"
  done
}

# setup_packages <things> <package manager>: what to ask it for.
setup_packages()
{
  for setup_thing in $1; do
    printf '%s\n' "$setup_names" | while read -r name apt dnf apk pacman brew; do
      [ "$name" = "$setup_thing" ] || continue
      case $2 in
        apt) packages=$apt ;;
        dnf) packages=$dnf ;;
        apk) packages=$apk ;;
        pacman) packages=$pacman ;;
        brew) packages=$brew ;;
      esac
      [ "$packages" = . ] || printf '%s ' "$packages" | tr ',' ' '
    done
  done
}

# The packages apt-get knows: distributions divide clang differently.
setup_known()
{
  for setup_package in $1; do
    if apt-cache show "$setup_package" >/dev/null 2>&1; then
      printf '%s ' "$setup_package"
    fi
  done
}

# setup_apt <packages needed> <packages wanted>
setup_apt()
{
  echo "installing with apt-get, as these are missing: $1$2"
  setup_log=$(mktemp)
  setup_status=0
  # shellcheck disable=SC2046,SC2086
  {
    setup_apt_get update &&
      setup_apt_get -y --no-install-recommends install $1 $(setup_known "$2")
  } >"$setup_log" 2>&1 || setup_status=1
  [ $setup_status -eq 0 ] || cat "$setup_log"
  rm -f "$setup_log"
  return $setup_status
}

setup_apt_get()
{
  $setup_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 \
    -o DPkg::Lock::Timeout=300 "$@"
}

# setup_may_install: sets setup_root to what makes a command root's. A sudo that would ask for a
# password needs somebody to ask.
setup_may_install()
{
  [ "${MPCC_NO_INSTALL:-0}" != 1 ] && command -v apt-get >/dev/null || return 1
  setup_root=
  [ "$(id -u)" -ne 0 ] || return 0
  setup_root=sudo
  command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }
}

# The one line to run, for packages needed and wanted.
setup_line()
{
  if command -v apt-get >/dev/null; then
    echo "apt-get update && apt-get install -y --no-install-recommends" \
      "$(setup_packages "$1" apt)$(setup_known "$(setup_packages "$2" apt)")"
  elif command -v dnf >/dev/null; then
    echo "dnf install -y $(setup_packages "$1 $2" dnf)"
  elif command -v apk >/dev/null; then
    echo "apk add $(setup_packages "$1 $2" apk)"
  elif command -v pacman >/dev/null; then
    echo "pacman -S --needed $(setup_packages "$1 $2" pacman)"
  elif command -v brew >/dev/null; then
    echo "brew install $(setup_packages "$1 $2" brew)   # not as root"
  else
    echo "(no package manager known here: install $1$2by hand)"
  fi
}

setup()
{
  for setup_compiler in "${CC:-}" "${CXX:-}"; do
    [ -z "$setup_compiler" ] || command -v "$setup_compiler" >/dev/null || {
      echo "there is no $setup_compiler, which the environment (CC or CXX) names"
      exit 1
    }
  done
  setup_needed=$(setup_missing "$1")
  setup_wanted=$(setup_missing "$2")
  [ -n "$setup_needed$setup_wanted" ] || return 0

  if setup_may_install; then
    setup_apt "$(setup_packages "$setup_needed" apt)" "$(setup_packages "$setup_wanted" apt)" ||
      echo "apt-get has failed"
    setup_needed=$(setup_missing "$1")
    setup_wanted=$(setup_missing "$2")
  fi
  if [ -n "$setup_needed" ]; then
    echo "missing: $setup_needed- run this as root, and then the same command again:"
    echo "  $(setup_line "$setup_needed" "$setup_wanted")"
    exit 1
  fi
  [ -z "$setup_wanted" ] || echo "going on without: $setup_wanted"
}
