"""Takes records in, ties them to people, and keeps what is personal sealed; see README.md."""
