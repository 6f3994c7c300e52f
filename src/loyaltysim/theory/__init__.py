"""Closed forms and what is computed from them; NumPy and SciPy only."""
