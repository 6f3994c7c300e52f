"""The market itself: customers, weeks, books, surveys, checkpoints."""
