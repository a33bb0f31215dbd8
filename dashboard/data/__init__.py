"""What the pages show: requests, tables, messages. No widgets."""
