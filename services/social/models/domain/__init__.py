"""When a new model may answer. Pure rules, no I/O."""
