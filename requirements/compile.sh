#!/bin/sh
# Pin every environment again, with hashes and without addresses: `make lock`, or with
# `make lock UPGRADE=--upgrade` to take newer versions.
set -eu
cd "$(dirname "$0")"
compile() {
    ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header ${UPGRADE:+"$UPGRADE"} "$@"
}
compile bootstrap.in -o bootstrap.txt
compile project.in -o project.txt
compile emulator.in -o emulator.txt
compile scan.in -o scan.txt
compile docs.in -o docs.txt
compile moto.in -c project.txt -o moto.txt
compile layer-core.in -c project.txt -o layer-core.txt
compile layer-nlp.in -c project.txt -o layer-nlp.txt
compile layer-sources.in -c project.txt -o layer-sources.txt
compile layer-pictures.in -c project.txt -o layer-pictures.txt
compile functions.in -c project.txt -o functions.txt
for image in companion deployer dashboard jupyter fetch; do
    compile "$image.in" -c project.txt -o "$image.txt"
done
