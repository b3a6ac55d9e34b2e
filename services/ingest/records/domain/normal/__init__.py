"""What people write, in one form each, with doubts about it. Pure; the original stays sealed as it came."""
