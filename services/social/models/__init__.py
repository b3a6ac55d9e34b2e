"""Models of texts and how they get better: a review queue, corrections, trainings with a frozen test, re-analysis."""
