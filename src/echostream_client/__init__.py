"""For callers of the HTTP API and of the lake: sign-in, requests, SQL restricted to a tenant."""
