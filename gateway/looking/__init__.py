"""Looking at portraits in a browser: who may, and signing in."""
