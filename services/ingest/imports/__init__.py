"""Files of a business's own: CSV and spreadsheets on their way to records, and back out again."""
