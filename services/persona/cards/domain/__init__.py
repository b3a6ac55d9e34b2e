"""Portraits as rules: estimates with evidence, words, faces, audits, checks, identity over versions. Pure."""
