"""The sandbox: starts the emulator, deploys to it, supervises its processes or containers."""
