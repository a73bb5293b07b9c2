"""Tables as CSV files: written, read again, and compared before they are loaded."""
