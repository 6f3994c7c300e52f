"""Tests of the games that firms play."""
