"""The rights of data subjects, with the clocks of the law."""
