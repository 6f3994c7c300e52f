#!/bin/sh
# Print the path of the newest Python among 3.13, 3.12 and 3.11 that really runs and can make environments.
# PYTHON may name a version (3.12) or be the only candidate (a command or a path). Shims that lead nowhere do not count; pyenv's versions are searched too.
set -eu

probe='
import ensurepip, sys, sysconfig, venv
if sys.argv[1] != "%d.%d" % sys.version_info[:2] or sys.implementation.name != "cpython":
    sys.exit(1)
if sysconfig.get_config_var("Py_GIL_DISABLED"):  # the free-threaded build has other wheels
    sys.exit(1)
print(sys.executable)
'

try() { # try INTERPRETER VERSION: print its real path and succeed when it is that version, whole and working
    [ -x "$1" ] && "$1" -c "$probe" "$2" 2>/dev/null
}

versions="3.13 3.12 3.11"
case ${PYTHON:-} in
3.13 | 3.12 | 3.11) versions=$PYTHON ;;
esac
for version in $versions; do
    if [ -n "${PYTHON:-}" ] && [ "$PYTHON" != "$version" ]; then
        try "$(command -v "$PYTHON" || echo /nowhere)" "$version" && exit
        continue
    fi
    rest=$PATH:
    while [ -n "$rest" ]; do # every folder of PATH, since a broken shim may stand before a working interpreter
        folder=${rest%%:*}
        rest=${rest#*:}
        for name in "python$version" python3 python; do
            try "$folder/$name" "$version" && exit
        done
    done
    for found in "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/$version".*/bin/python; do
        try "$found" "$version" && exit
    done
done

if [ -n "${PYTHON:-}" ]; then
    echo "error: PYTHON=$PYTHON: no working Python 3.13, 3.12 or 3.11 with the modules venv and ensurepip there" >&2
else
    echo "error: found no working Python 3.13, 3.12 or 3.11 with the modules venv and ensurepip, neither on PATH" \
        "nor among pyenv's versions; install one (on Debian: python3 and python3-venv) or say PYTHON=/path/to/python" >&2
fi
exit 1
