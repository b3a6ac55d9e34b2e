"""Training: the project's own corpus, models made from it or from a company's labels, and honest accuracy cards."""
