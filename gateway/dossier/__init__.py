"""What an authority asks for: the record of processing, the impact dossier and the report of a breach, from real data."""
