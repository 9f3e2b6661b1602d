"""From decoded requests to predictions: admission, fair queueing, batching and results."""
