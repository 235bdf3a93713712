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

# Prints each Python 3.11 or newer in PATH, a line each: its path, and whether it was built with
# profile-guided optimisation, without which everything takes a tenth longer. Of such builds only
# those that are configured so say it; distributions optimise theirs in ways of their own.
list_pythons() {
    for name in python3.11 python3.12 python3.13 python3; do
        (IFS=:; for folder in $PATH; do echo "${folder:-.}"; done) | while IFS= read -r folder; do
            [ -x "$folder/$name" ] && "$folder/$name" - "$folder/$name" 2>/dev/null <<'PYTHON' || true
import sys
import sysconfig

if sys.version_info >= (3, 11):
    options = str(sysconfig.get_config_var("CONFIG_ARGS"))
    is_optimised = "--enable-optimizations" in options or sys.base_prefix == "/usr"
    print(sys.argv[1], "optimised" if is_optimised else "plain")
PYTHON
        done
    done
}

# The one that was asked for and no other; else the optimised ones, then the plain ones.
find_pythons() {
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" >/dev/null 2>&1 &&
            "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
            echo "$PYTHON" && return
        echo "PYTHON=$PYTHON is no Python 3.11 or newer; looking for another." >&2
    fi
    found=$(list_pythons)
    [ -n "$found" ] ||
        die "Python 3.11 or newer is needed. Install it, or name it with PYTHON=/path/to/python."
    echo "$found" | sed -n 's/ optimised$//p'
    echo "$found" | sed -n 's/ plain$//p'
}

make_venv_with() {
    python=$1
    "$python" -m venv "$venv" 2>/dev/null && return
    # Debian ships Python without the part that makes virtual environments.
    rm -rf "$venv"
    "$python" -m virtualenv -q "$venv" 2>/dev/null && return
    rm -rf "$venv"
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    # Only the distribution's own Python gains by its packages.
    "$python" -c 'import sys; sys.exit(sys.base_prefix != "/usr")' || return 1
    echo "Installing $package, which $python lacks ..."
    { apt-get update -qq && { apt-get install -qq -y "$package" || apt-get install -qq -y python3-venv; }; } \
        >/dev/null || return 1
    "$python" -m venv "$venv"
}

make_venv() {
    pythons=$(find_pythons) || exit 1
    IFS='
'
    for python in $pythons; do
        unset IFS
        make_venv_with "$python" && return
        rm -rf "$venv"
    done
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
    for needed in nginx:nginx-light caddy:caddy systemd-analyze:systemd chromium-headless-shell:chromium-headless-shell pgbouncer:pgbouncer redis-server:redis-server; do
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
