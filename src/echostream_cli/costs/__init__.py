"""The cost of EchoStream on AWS: calls metered in a sandbox, times the prices of one file."""
