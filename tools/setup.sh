#!/bin/sh
# Make the environment that the make commands use, from nothing but Python; keep it when it is already right.
# VENV names its folder (.venv); PYTHON names the interpreter, else the newest that runs is taken.
set -eu
unset PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX || true
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}
python=$(sh tools/find_python.sh)
about=$("$python" -c 'import sys; print("Python", sys.version.split()[0], "at", sys.executable)')

# Two stamps, each written only after its step has finished: an interrupted set-up leaves none and starts again.
packages="$(cksum <requirements.lock), $about, in $(pwd -P)"
project="$(cat requirements.lock pyproject.toml | cksum), $about, in $(pwd -P)"
stamped() { [ "$(cat "$venv/$1.stamp" 2>/dev/null)" = "$2" ] && "$venv/bin/python" -c '' 2>/dev/null; }

install() { # install ARGUMENTS: pip's words go to a file, the reason of a failure to the screen, in one line
    "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --retries 2 "$@" \
        >"$venv/setup.log" 2>&1 && return
    reason=$(grep -E '^ *(ERROR|error):' "$venv/setup.log" | head -n 1) || true
    if grep -qE 'NewConnectionError|NameResolution|ConnectTimeout|Read timed out|ProxyError' "$venv/setup.log"; then
        reason="the package registry cannot be reached"
    fi
    echo "error: cannot install the packages of requirements.lock: ${reason:-unknown} (see $venv/setup.log)" >&2
    exit 1
}

if stamped project "$project"; then
    echo "$about; set up in $venv"
    exit
fi
if ! stamped packages "$packages"; then
    echo "$about; installing the locked packages in $venv (a minute or two, once)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    install --require-hashes --use-pep517 -r requirements.lock
    echo "$packages" >"$venv/packages.stamp"
fi
rm -f "$venv/project.stamp"
install --no-deps --no-build-isolation -e .
echo "$project" >"$venv/project.stamp"
echo "$about; set up in $venv"
