"""What a shop's site loads: its SDK's settings, and the consent banner."""
