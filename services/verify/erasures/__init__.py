"""Erasing people: from every slice at once, confirmed when nothing of them can still arrive."""
