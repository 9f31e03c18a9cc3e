"""Reports and their decisions: what they are, what can happen to them, and the record of it."""
