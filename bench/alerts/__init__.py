"""How often alerts are false, which events they find, and how late."""
