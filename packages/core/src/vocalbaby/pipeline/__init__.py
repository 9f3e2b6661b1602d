"""Steps strung together: prediction and training."""
