"""Services with posts, over servers of this machine that speak their protocols."""
