"""A day of a greenhouse."""
