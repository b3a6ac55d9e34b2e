"""What is in a file: its encoding, its header, its cells, and the records that these come to. Pure."""
