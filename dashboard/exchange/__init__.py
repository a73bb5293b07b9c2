"""An alias's tables into CSV files, and out of them."""
