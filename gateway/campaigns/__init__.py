"""Campaigns over people who are listed elsewhere: the gateway gathers whom, verify writes to them."""
