"""Whose consent decides over a mention: accounts by their blind indexes, and the view of consents and merges."""
