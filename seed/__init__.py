"""Human-rated texts: their download (`dataset`) and the requests that send them (`send`)."""
