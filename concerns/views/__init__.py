"""The pages of the Log of Concern."""
