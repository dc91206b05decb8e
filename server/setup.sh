# shellcheck shell=bash
# Sourced by server/run and tests/run: what a machine needs before it can build, and the build itself.

source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# packages WHO…: the names listed for them in server/packages, with their probes.
packages() {
    awk -v who=" $* " '/^[^#]/ && index(who, " " $1 " ") { print $2, $3, $4 }' "$source_folder/server/packages"
}

on_debian() {
    [[ -r /etc/os-release ]] || return
    (. /etc/os-release && [[ " $ID ${ID_LIKE-} " == *' debian '* ]]) && command -v apt-get dpkg-query >/dev/null
}

# has PACKAGE KIND PROBE: is it there? dpkg knows on Debian, elsewhere the probe tells.
has() {
    if on_debian; then
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
        return
    fi
    case $2 in
    command) command -v "$3" >/dev/null ;;
    module) pkg-config --exists "$3" 2>/dev/null ;;
    file) [[ -n $(eval "ls -d $3" 2>/dev/null) ]] ;;
    esac
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# The network and the package lock of others are worth another try.
apt() {
    local try
    for try in 1 2 3 4; do
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
            -o Dpkg::Options::=--force-confold "$@" </dev/null && return
        echo "apt-get $1: try $try did not work" >&2
        sleep $((try * 3))
    done
    return 1
}

# The tests need the programs of two database servers, not two more services: nothing that is installed here is started,
# unless the machine has a policy of its own.
apt_install() (
    local policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy && ! -L $policy ]]; then
        trap 'as_root rm -f "$policy"' EXIT
        trap 'exit 1' INT TERM
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    apt update && apt install -y --no-install-recommends "$@"
)

# require_packages WHO…: installs what is missing; where that is not possible, names it and ends.
require_packages() {
    local name kind probe missing=()
    while read -r name kind probe; do
        has "$name" "$kind" "$probe" || missing+=("$name")
    done < <(packages "$@")
    ((${#missing[@]})) || return 0

    on_debian || die "this is not Debian, please install what these packages hold: ${missing[*]}"
    ((EUID == 0)) || command -v sudo >/dev/null ||
        die "neither root nor sudo, please install: apt-get install ${missing[*]}"
    echo "installing ${missing[*]}" >&2
    local log
    log=$(mktemp)
    if ! apt_install "${missing[@]}" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        die "could not install: ${missing[*]}"
    fi
    rm -f "$log"
}

# run_quietly FILE COMMAND…: its output goes to FILE, and to the terminal only when it fails, without the steps that worked.
run_quietly() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 && return
    grep -vE '^(\[[0-9]+/[0-9]+\]|-- )' "$log" | cut -c 1-500 | tail -n 60 >&2
    echo "the whole output is in $log" >&2
    return 1
}

# build FOLDER TARGETS [cmake arguments]: configures and builds; TARGETS is a list in one word, "all" for everything.
# One at a time in a folder. Other generators than Ninja do not know the targets of a folder: there everything is built.
build() (
    folder=$1
    targets=$2
    shift 2
    mkdir -p "$folder"
    exec 9<"$folder"
    flock 9
    if [[ ! -e $folder/CMakeCache.txt ]]; then
        set -- -G Ninja "$@"
        command -v ccache >/dev/null && set -- -DCMAKE_C_COMPILER_LAUNCHER=ccache "$@"
    fi
    [[ -e $folder/Makefile ]] && targets=all
    # shellcheck disable=SC2086 # the targets are words
    run_quietly "$folder/configure.log" cmake -S "$source_folder" -B "$folder" "$@" &&
        run_quietly "$folder/build.log" cmake --build "$folder" --target $targets
)
