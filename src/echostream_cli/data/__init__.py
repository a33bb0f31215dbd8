"""What goes in: sample documents and files of the user's own."""
