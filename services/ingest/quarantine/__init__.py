"""Records that cannot be stored yet, sealed, with the reasons."""
