"""Speed, as ratios within one run: what EchoStream costs over the least that could do the job."""
