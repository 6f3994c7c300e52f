"""Games that firms play with their programs: payoffs by simulation, then who would change, and where nobody would."""
