"""Firms: their books, their public offers and the policies by which they decide."""
