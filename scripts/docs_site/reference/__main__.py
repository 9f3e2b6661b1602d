"""Print the pages of the reference as a JSON object: path -> text."""

import json
import sys

from scripts.docs_site.reference import commands, errors, http, settings

if __name__ == "__main__":
    modules = (commands, http, settings, errors)
    pages = {path: text for module in modules for path, text in module.pages().items()}
    json.dump(pages, sys.stdout)
