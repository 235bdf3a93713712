#!/bin/sh
# Makes the virtual environment and installs what is locked, hash by hash.
# Usage: setup.sh VENV runtime|dev
set -eu

venv=$1
kind=$2

die() {
    echo "countersign: $*" >&2
    exit 1
}

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
            echo "$candidate" && return
    done
    die "Python 3.11 or newer is needed. Install it, or name it with PYTHON=/path/to/python."
}

make_venv() {
    python=$(find_python)
    "$python" -m venv "$venv" 2>/dev/null && return
    # Debian ships Python without the part that makes virtual environments.
    rm -rf "$venv"
    "$python" -m virtualenv -q "$venv" 2>/dev/null && return
    rm -rf "$venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing python3-venv, which $python lacks ..."
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        apt-get update -qq && { apt-get install -qq -y "$package" || apt-get install -qq -y python3-venv; } \
            >/dev/null
        "$python" -m venv "$venv" && return
    fi
    die "$python cannot make virtual environments. As root: apt-get install python3-venv"
}

[ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv

pip_install() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" ||
        die "installing failed; the lines above say why. Run the same command again to go on."
}

# The distribution was once called `countersign`, as another project's is. Either would own the
# command and the import name beside ours.
remove_other_countersign() {
    for other in "$venv"/lib/python*/site-packages/countersign-[0-9]*.dist-info; do
        [ -e "$other" ] || continue
        "$venv/bin/python" -m pip uninstall --quiet --disable-pip-version-check --yes countersign ||
            die "the package countersign in $venv cannot be removed. Run: make clean"
        return
    done
}

# Tests run real proxies, a real Redis and a real browser, and look at the systemd unit; where a program is missing and we may not install it, its
# tests are skipped.
install_for_tests() {
    for needed in nginx:nginx-light caddy:caddy systemd-analyze:systemd chromium:chromium pgbouncer:pgbouncer redis-server:redis-server; do
        PATH=$PATH:/usr/sbin command -v "${needed%%:*}" >/dev/null 2>&1 && continue
        [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || continue
        echo "Installing ${needed%%:*}, which tests need ..."
        { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${needed#*:}"; } \
            >/dev/null 2>&1 || echo "${needed%%:*} could not be installed; its tests are skipped."
    done
}

case $kind in
runtime)
    echo "Installing what Countersign needs into $venv ..."
    pip_install --require-hashes -r requirements/build.txt
    pip_install --require-hashes -r requirements/runtime.txt
    remove_other_countersign
    pip_install --no-deps --no-build-isolation --editable .
    ;;
dev)
    echo "Installing what the tests need into $venv (a real Synapse among it) ..."
    pip_install --require-hashes -r requirements/dev.txt
    install_for_tests
    ;;
*) die "unknown kind of set-up: $kind" ;;
esac
touch "$venv/.$kind"
