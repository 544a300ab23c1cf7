"""Who holds which role, and who can see what by it: pages that need every room."""
