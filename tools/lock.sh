#!/bin/sh
# Write requirements.lock: every package with its exact version and the hashes of all its files, for 3.11 and newer.
# Versions already locked are kept unless asked: `make lock UPGRADE=--upgrade`.
set -eu
cd "$(dirname "$0")/.."
python=$(sh tools/find_python.sh)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$python" -m venv "$scratch"
"$scratch/bin/python" -m pip install --quiet --disable-pip-version-check uv
env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
    "$scratch/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 --extra dev \
    --generate-hashes --no-annotate --custom-compile-command 'make lock' \
    "$@" --output-file requirements.lock pyproject.toml
if grep -nE '://|^--|file:' requirements.lock; then
    echo "error: requirements.lock names an address or an index" >&2
    exit 1
fi
