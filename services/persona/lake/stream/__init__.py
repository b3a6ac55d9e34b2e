"""The doors of topics: `facts` fills the lake, `people` keeps consents, merges and erasures."""
