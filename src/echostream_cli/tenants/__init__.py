"""Commands on tenants, their members and their machine users."""
