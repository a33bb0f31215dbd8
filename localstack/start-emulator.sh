#!/bin/sh
# Start the emulator in its container. A volume of another version of the emulator is refused.
set -eu
cd "$(dirname "$0")"
engine=$(grep -m 1 '^ministack' emulator.txt | cut -d ' ' -f 1)
made_by=$(cat /data/made-by 2>/dev/null || true)
if [ -n "$made_by" ] && [ "$made_by" != "$engine" ]; then
    echo "error: the volume was written by $made_by, but this emulator is $engine." >&2
    echo "To delete the volume and its data: make down VOLUMES=1. Then run: make up" >&2
    exit 1
fi
if [ -z "$made_by" ]; then # a new volume; mv, so that a full disk leaves no incomplete file
    echo "$engine" >/data/made-by.new
    mv /data/made-by.new /data/made-by
fi
exec python run-emulator.py
