"""The pages on which the school chooses what the policy leaves to it, and the letters about it."""
