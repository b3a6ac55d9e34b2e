"""Verifying a list: at a pace, within quiet hours and a budget, with progress and a result file."""
