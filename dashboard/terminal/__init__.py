"""A run in a terminal: what is shown, asked and answered there."""
