"""How fast the market runs, beside the same market in plain Mesa and in NumPy."""
