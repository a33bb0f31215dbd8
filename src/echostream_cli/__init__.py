"""The installed command `echostream`: the sandbox, deployments to AWS, and operations."""
