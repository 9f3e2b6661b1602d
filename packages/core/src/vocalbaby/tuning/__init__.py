"""Search for the best settings of a family of models on a feature set."""
