#!/bin/sh
# Write the two locks: every package with its exact version and the hashes of all its files, for 3.11 and newer.
# requirements.lock is what `make run` installs; requirements-dev.lock is all of that at the same versions, and what
# tests, lint, benchmarks and the extras need. Versions already locked are kept unless asked: `make lock UPGRADE=--upgrade`.
set -eu
cd "$(dirname "$0")/.."
python=$(sh tools/find_python.sh)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$python" -m venv "$scratch"
"$scratch/bin/python" -m pip install --quiet --disable-pip-version-check uv

resolve() { # resolve FILE ARGUMENTS: write one lock
    lock=$1
    shift
    env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
        "$scratch/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 \
        --constraints tools/floors.txt --generate-hashes --no-annotate --custom-compile-command 'make lock' \
        "$@" --output-file "$lock" pyproject.toml
    if grep -nE '://|^--|file:' "$lock"; then
        echo "error: $lock names an address or an index" >&2
        exit 1
    fi
}

resolve requirements.lock --group editable "$@"
resolve requirements-dev.lock --group editable --extra dev --constraints requirements.lock "$@"
