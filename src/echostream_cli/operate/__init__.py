"""What an operator does to a running EchoStream, a module a command; see docs/operations.md."""
