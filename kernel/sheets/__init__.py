"""Tables that people keep, CSV and spreadsheets: found out, read row by row, with bounded memory."""
