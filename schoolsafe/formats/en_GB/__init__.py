"""For staff, who read English."""
