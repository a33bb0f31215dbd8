"""`make doctor`: is this machine fit, and does the engine behave as template.yaml needs it to."""
