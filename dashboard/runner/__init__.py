"""What a person may ask of a run, and what a worker does next."""
