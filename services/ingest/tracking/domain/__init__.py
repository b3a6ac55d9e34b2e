"""Pure rules of tracking messages: how they are read, and what record each of them is."""
