"""For the handlers: settings, HTTP, metrics, and the composition root."""
