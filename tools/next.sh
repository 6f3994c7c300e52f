#!/bin/sh
# Say how the command is called after `make run`: the environment is not active in the shell that made it.
venv=${VENV:-.venv}
case $venv in *[!A-Za-z0-9_./-]*) venv="'$venv'" ;; esac
echo
echo "next: $venv/bin/loyaltysim run market=cafe program=stamps policy=launch"
echo "  or, once in each terminal: . $venv/bin/activate    then: loyaltysim --help"
