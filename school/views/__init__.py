"""The pages that run the school."""
