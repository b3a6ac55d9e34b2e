"""Portraits to look at: a gallery and a page a persona, rendered here, without scripts; the same as a printed card."""
