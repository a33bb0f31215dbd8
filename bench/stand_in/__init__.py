"""Training, evaluation and recording for the companion's sentiment model."""
