"""What is typed on the pages that run the school."""
