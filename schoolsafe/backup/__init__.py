"""Backing up everything that is kept, which is the database, and bringing it back into an empty place."""
