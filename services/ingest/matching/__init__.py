"""Who may be one person though no identifier says so: a job in a process of its own, over what the vault holds."""
