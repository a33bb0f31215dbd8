"""Real, human-rated text: where it comes from (`dataset`) and how it is sent (`send`)."""
