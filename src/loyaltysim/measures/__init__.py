"""What is read off books: numbers with definition and unit, effects between twin worlds, verdicts."""
