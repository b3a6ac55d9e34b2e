"""The page where people see and decide what happens with their data: `/privacy`."""
