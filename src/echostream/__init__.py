"""EchoStream: the domain, its adapters, and the entry points of its Lambda functions."""

__version__ = "1.0.0"
