"""The nouns that the packages exchange. Importing any of them is cheap."""
