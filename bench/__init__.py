"""Benchmarks: each one command, several runs, medians, CPU time, and ratios to a limit measured in the same run."""
