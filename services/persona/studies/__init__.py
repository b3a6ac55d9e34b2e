"""Studies (objective first), their coverage and their runs."""
