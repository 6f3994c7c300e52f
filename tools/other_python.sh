#!/bin/sh
# Run the tests that some markers choose on another Python, in a clean clone, in a path with spaces:
# other_python.sh VERSION MARKERS, such as other_python.sh 3.11 interpreter. Where there is no such Python, says so.
set -eu
cd "$(dirname "$0")/.."
if ! PYTHON=$1 sh tools/find_python.sh >/dev/null 2>&1; then
    echo "no working Python $1 here: not tested"
    exit
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git clone -q . "$scratch/a path with spaces/$1"
make -C "$scratch/a path with spaces/$1" test PYTHON="$1" ARGS="-q -m '$2 and not thorough'"
