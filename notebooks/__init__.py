"""Notebooks, and the code behind them: a notebook calls functions and shows what they give."""
