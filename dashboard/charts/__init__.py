"""Charts and the theme that they share."""
