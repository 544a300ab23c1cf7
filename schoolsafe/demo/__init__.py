"""The demo school: the same every time, lived through the services that a real school uses."""
