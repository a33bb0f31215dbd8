#!/bin/sh
# Start the emulator in its container, on a volume that this version of it has made.
set -eu
engine=$(grep -m 1 '^ministack' emulator.txt | cut -d ' ' -f 1)
made_by=$(cat /data/made-by 2>/dev/null || true)
if [ -n "$made_by" ] && [ "$made_by" != "$engine" ]; then
    echo "error: the volume was made by $made_by, this is $engine." >&2
    echo "make down VOLUMES=1 removes it with what is stored; make up then starts afresh." >&2
    exit 1
fi
if [ -z "$made_by" ]; then # a new volume; in one step, so that a full disk leaves no half name
    echo "$engine" >/data/made-by.new
    mv /data/made-by.new /data/made-by
fi
exec python -m ministack
