"""Commands for operators of a running EchoStream, one module each; see docs/operations.md."""
