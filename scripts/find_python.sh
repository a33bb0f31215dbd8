#!/bin/sh
# Print the path of an interpreter of a minor version of Python, such as 3.13: from PATH, or of pyenv,
# whose commands on PATH work only for versions that are selected.
set -eu
for python in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python; do
    "$python" -c 'import sys; print(sys.executable)' 2>/dev/null && exit
done
exit 1
