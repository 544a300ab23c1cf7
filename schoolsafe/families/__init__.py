"""What families ask about their own data, where every room has a part in the answer."""
