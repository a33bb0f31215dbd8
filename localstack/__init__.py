"""The sandbox: starts the emulator, deploys template.yaml to it, and looks after what runs."""
