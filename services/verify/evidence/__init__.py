"""What was proved: a receipt for each verified number."""
