"""Questions put to markets: a run, a comparison, a sweep, an experiment."""
