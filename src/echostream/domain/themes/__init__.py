"""What people talk about: themes of a period, and what changed since another."""
