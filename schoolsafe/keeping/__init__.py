"""What is destroyed when its time is up, beyond concerns: calls with their consent, and letters."""
