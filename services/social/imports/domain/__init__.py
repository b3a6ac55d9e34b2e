"""How a file of mentions is understood: pure rules, no I/O."""
