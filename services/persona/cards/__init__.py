"""Personas: five components with evidence, versions, fairness, faces."""
