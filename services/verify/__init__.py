"""Verify: what a number is, whether its holder has it in hand, and whether those who collect tell the truth."""
