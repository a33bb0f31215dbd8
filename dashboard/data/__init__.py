"""The data of the pages: requests, tables, messages. No widgets."""
