"""The nouns that the rooms hand to each other. Importing any of them is cheap."""
