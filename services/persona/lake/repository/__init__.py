"""Where facts and people are kept: `delta` is the fact table, `people` the database's view of who may be used."""
