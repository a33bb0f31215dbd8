"""Notebooks and their code. A notebook only calls functions and shows the results."""
