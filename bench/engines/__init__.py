"""Accuracy of the engines: the figures of the VADER paper, the threshold of the cascade."""
