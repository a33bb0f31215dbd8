"""The sandbox: starts the emulator, deploys to it, supervises what runs."""
