"""`chandung`: start the platform, feed it, look after it. What it changes it changes through the API."""

from deploy.cli.main import main

__all__ = ["main"]
