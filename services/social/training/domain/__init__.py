"""Labelled texts: how they are written down, made and disturbed. Pure rules."""
