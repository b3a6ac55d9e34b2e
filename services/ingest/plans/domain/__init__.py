"""What a plan is, how it becomes one JSON Schema, which schemas are refused, and what breaks a plan. Pure."""
