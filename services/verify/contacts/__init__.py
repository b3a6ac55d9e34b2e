"""Who may be contacted without having asked at that moment: the list of those who said no, and how often at most."""
