"""Which tables take part, what they hold, what prevents a start, how long it takes."""
