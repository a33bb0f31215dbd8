"""Human-rated texts: where they come from (`dataset`) and how they are sent (`send`)."""
