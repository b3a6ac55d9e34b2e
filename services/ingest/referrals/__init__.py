"""Referrals: edges between two people, the second of whom may be nobody known yet."""
