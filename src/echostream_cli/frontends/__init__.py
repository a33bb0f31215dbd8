"""The static page and pictures of both frontends."""
