"""How the pages that run the school tell the facts."""
