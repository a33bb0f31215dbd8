"""Sources of documents: services and feeds that are read again and again, a module for each."""
