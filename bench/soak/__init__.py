"""Documents through a sandbox while its parts fail, and a count of what became of them."""
