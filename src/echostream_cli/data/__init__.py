"""Commands that send documents: samples and the user's own files."""
