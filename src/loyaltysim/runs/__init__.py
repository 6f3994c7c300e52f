"""How runs are computed, kept and sealed: pools, clusters, stores, files."""
