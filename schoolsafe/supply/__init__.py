"""Supply staff: the page of the office, and the letter with the way to a password."""
