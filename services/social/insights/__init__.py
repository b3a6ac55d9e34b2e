"""Insights: how much is said of a topic, how, about what, and when it was out of the ordinary."""
