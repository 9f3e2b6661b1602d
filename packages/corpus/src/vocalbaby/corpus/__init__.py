"""Archives of recordings: their segments, comparison with annotators, samples and estimates."""
