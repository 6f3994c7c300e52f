"""Tests of files from outside the package: docs/examples and others."""
