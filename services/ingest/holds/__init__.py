"""Legal holds: what must be kept of a person by law, under keys that their erasure leaves alone."""
