"""What platforms send and how they sign it. Pure rules, no I/O."""
