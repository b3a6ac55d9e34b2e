"""The catalogue of attributes and their computation over the lake."""
