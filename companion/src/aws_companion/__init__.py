"""A server for AWS APIs that emulators lack, in AWS's own wire protocol."""

__version__ = "0.1.0"
