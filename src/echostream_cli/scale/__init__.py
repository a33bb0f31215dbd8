"""EchoStream at 1 million to 10 billion documents a day: limits, the bill, and a simulation."""
