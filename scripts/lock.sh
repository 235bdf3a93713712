#!/bin/sh
# Locks the dependencies of pyproject.toml with hashes. Usage: lock.sh UV
set -eu

lock() {
    "$uv" pip compile --quiet --python-version 3.11 --universal --generate-hashes \
        --no-emit-index-url --no-header "$@"
}

uv=$1
printf 'hatchling>=1.27\neditables>=0.5\n' | lock - -o requirements/build.txt
lock pyproject.toml -o requirements/runtime.txt
lock pyproject.toml --extra dev -c requirements/runtime.txt -o requirements/dev.txt
lock pyproject.toml --extra training -c requirements/runtime.txt -o requirements/training.txt
lock pyproject.toml --extra docs -c requirements/runtime.txt -o requirements/docs.txt
