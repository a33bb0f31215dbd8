"""Speed, as ratios within one run; accuracy, against human ratings; the price of both."""
