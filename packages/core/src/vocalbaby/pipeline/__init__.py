"""The stages of training, one module each; they read settings and files, and write files."""
