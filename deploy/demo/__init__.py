"""A small invented company, Mây Hiên (household goods and coffee), and the loader that feeds it to a gateway."""
