"""The shared language of the services: event models, one file a topic family; `topics` is the registry."""
