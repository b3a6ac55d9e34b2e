"""Asking people who came in by an import for their consent: personal links, and the page behind them."""
