"""What EchoStream costs on AWS: calls metered in the sandbox, priced from one file."""
