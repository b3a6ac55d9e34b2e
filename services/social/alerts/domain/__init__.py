"""When an alert speaks. Pure rules, no I/O."""
