"""`make doctor`: checks this machine, and probes whether an engine behaves like AWS."""
