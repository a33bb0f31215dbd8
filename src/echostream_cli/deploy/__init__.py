"""To AWS and back: what `make deploy-aws`, `diff-aws`, `destroy-aws` and their like do."""
