"""What handlers use: settings, HTTP, metrics, and the composition root."""
