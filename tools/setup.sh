#!/bin/sh
# Make the environment that the make commands use, from nothing but Python; keep what is already right.
# Without a word: what `make run` needs. `setup.sh tools`: also what tests, lint, benchmarks and the extras need.
# VENV names its folder (.venv); PYTHON names the interpreter, else the newest that runs is taken.
set -eu
unset PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX || true
cd "$(dirname "$0")/.."
wanted=${1:-packages}
venv=${VENV:-.venv}
python=$(sh tools/find_python.sh)
about=$("$python" -c 'import sys; print("Python", sys.version.split()[0], "at", sys.executable)')

# A stamp is written only after its step has finished: an interrupted set-up leaves none and starts again.
packages="$(cksum <requirements.lock), $about, in $(pwd -P)"
tools="$(cksum <requirements-dev.lock), $about, in $(pwd -P)"
project="$(cat requirements.lock pyproject.toml | cksum), $about, in $(pwd -P)"
stamped() { [ "$(cat "$venv/$1.stamp" 2>/dev/null)" = "$2" ] && "$venv/bin/python" -c '' 2>/dev/null; }
ready() { stamped packages "$packages" && { [ "$wanted" = packages ] || stamped tools "$tools"; }; }

told() { # a line now and then: what is fetched, then that it is unpacked
    if grep -q '^Installing collected' "$venv/setup.log"; then
        echo "  all are there, unpacking them ($seconds s)"
    else
        echo "  $(grep -c '^Collecting' "$venv/setup.log") of $(grep -c '==' "$lock") packages fetched ($seconds s)"
    fi
}

install() { # install ARGUMENTS: pip's words go to a file, how far it is and the reason of a failure to the screen
    "$venv/bin/python" -m pip install --no-input --disable-pip-version-check --retries 2 --progress-bar off "$@" \
        >"$venv/setup.log" 2>&1 &
    pip=$!
    trap 'kill $pip 2>/dev/null; exit 130' INT TERM
    seconds=0
    while kill -0 $pip 2>/dev/null; do
        sleep 1
        seconds=$((seconds + 1))
        [ $((seconds % 10)) -ne 0 ] || told
    done
    trap - INT TERM
    wait $pip && return
    reason=$(grep -E '^ *(ERROR|error):' "$venv/setup.log" | head -n 1) || true
    if grep -qE 'NewConnectionError|NameResolution|ConnectTimeout|Read timed out|ProxyError' "$venv/setup.log"; then
        reason="the package registry cannot be reached"
    fi
    echo "error: cannot install the packages of $lock: ${reason:-unknown} (see $venv/setup.log)" >&2
    exit 1
}

if [ "$wanted" = tools ]; then lock=requirements-dev.lock; else lock=requirements.lock; fi
if ready && stamped project "$project"; then
    echo "$about; set up in $venv"
    exit
fi
if ! ready; then
    echo "$about; set-up in $venv, once, two minutes or so:"
    if ! stamped packages "$packages" || [ -e "$venv/tools.stamp" ]; then # else tools are added to what is there
        echo "  making an environment (some seconds)"
        rm -rf "$venv"
        "$python" -m venv "$venv"
    fi
    rm -f "$venv/packages.stamp"
    echo "  installing the $(grep -c '==' "$lock") packages of $lock (a minute or two)"
    install --require-hashes --use-pep517 -r "$lock"
    [ "$wanted" = packages ] || echo "$tools" >"$venv/tools.stamp"
    echo "$packages" >"$venv/packages.stamp"
fi
if ! stamped project "$project"; then
    rm -f "$venv/project.stamp"
    echo "  installing loyaltysim itself (some seconds)"
    install --no-deps --no-build-isolation -e .
    echo "$project" >"$venv/project.stamp"
fi
echo "$about; set up in $venv"
