"""Benchmarks: speed as ratios within one run, accuracy against human ratings, and price."""
