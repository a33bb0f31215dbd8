"""A small server for AWS APIs that no emulator has, in AWS's own wire protocol."""
