"""How good the themes are, how long they take, and what they cost."""
