#!/bin/sh
# Create an environment from pinned and hashed requirements: .venv, or with an argument (emulator,
# functions, scan, docs, moto) .venv-<argument>. An environment that is up to date does not change. That of
# the functions' tests has the newest Python of the template's parameter Runtime, all others 3.11.
set -eu
cd "$(dirname "$0")/.."
name=${1:-}
version=3.11
[ "$name" != functions ] || version=3.13

say() { printf '  %s\n' "$1"; }

up_to_date() { # environment, requirements
    [ -f "$1/.made-from" ] && cmp -s "$1/.made-from" "$2"
}

fail_without_python() {
    cat >&2 <<END
error: Python $version is required and could not be downloaded. Install it and run the command again:
  Debian, Ubuntu   apt install python$version python$version-venv
  Fedora           dnf install python$version
  macOS            brew install python@$version
END
    exit 1
}

# Start this script again with an exclusive lock: a second process waits here, and then has nothing
# to install. The lock ends with the process. flock(1) does not exist on macOS, hence Python.
lock() {
    [ "${ENVIRONMENTS_LOCKED:-}" = "$PWD" ] && return
    mkdir -p .sandbox
    export ENVIRONMENTS_LOCKED="$PWD"
    exec "$python" -c '
import fcntl, os, sys
lock = os.open(".sandbox/environments.lock", os.O_RDWR | os.O_CREAT)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("  waiting for another installation", flush=True)
    fcntl.flock(lock, fcntl.LOCK_EX)
os.set_inheritable(lock, True)
os.execv(sys.argv[1], sys.argv[1:])' scripts/environments.sh ${name:+"$name"}
}

bootstrap() { # install uv into its own environment, with any Python 3
    python=$(command -v python3.11 || command -v python3) || fail_without_python
    lock
    up_to_date .sandbox/bootstrap requirements/bootstrap.txt && return
    rm -rf .sandbox/bootstrap
    "$python" -m venv .sandbox/bootstrap || fail_without_python
    .sandbox/bootstrap/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes -r requirements/bootstrap.txt
    cp requirements/bootstrap.txt .sandbox/bootstrap/.made-from
}

make_environment() { # environment, requirements
    up_to_date "$1" "$2" && return
    if [ -L "$1" ]; then
        echo "error: $1 is a link to an environment with other requirements. Delete the link." >&2
        exit 1
    fi
    bootstrap
    say "creating $1 from $2 (once; takes a minute or two)"
    uv=.sandbox/bootstrap/bin/uv
    $uv venv --quiet --clear --python "$(./scripts/find_python.sh $version || echo $version)" "$1" ||
        fail_without_python
    VIRTUAL_ENV="$PWD/$1" $uv pip install --quiet --link-mode copy --compile-bytecode \
        --require-hashes -r "$2"
}

install_lexicon() { # VADER's lexicon, into the folder of an environment that NLTK searches
    up_to_date "$1" "requirements/${name:-project}.txt" && return
    say "downloading the sample documents and VADER's lexicon"
    "$1/bin/python" -m seed.lexicon
}

if [ -n "$name" ]; then
    make_environment ".venv-$name" "requirements/$name.txt"
    [ "$name" != functions ] || install_lexicon ".venv-$name"
    cp "requirements/$name.txt" ".venv-$name/.made-from"
    exit
fi
make_environment .venv requirements/project.txt

# Install the packages of this repository as editable, again after a change of a pyproject.toml.
packages() { cat pyproject.toml companion/pyproject.toml; }
if ! packages | cmp -s - .venv/.packages; then
    bootstrap
    VIRTUAL_ENV="$PWD/.venv" .sandbox/bootstrap/bin/uv pip install --quiet --no-deps \
        --no-build-isolation --editable . --editable companion
    packages >.venv/.packages
fi

install_lexicon .venv
cp requirements/project.txt .venv/.made-from
