"""Parameters found from what was observed: tastes and contracts refitted under behaviour."""
