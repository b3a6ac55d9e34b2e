"""Every query over mentions: `rows` writes and looks up, `pages` lists, `counts` adds up."""
