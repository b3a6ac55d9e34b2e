"""Forensics of collection: counters of each collector and rules that explain themselves."""
