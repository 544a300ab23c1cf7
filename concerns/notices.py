"""The kinds of notice this room sends."""
