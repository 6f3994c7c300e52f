"""The kit of which behaviours and programs are made: declarations, registry, rules, keyed draws, links."""
