"""A check of the deployable template that is stricter than any emulator; part of `make lint`."""
