"""Studies as rules: what a study must say, features, groups, assignment. Pure."""
