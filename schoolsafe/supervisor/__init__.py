"""Starts what `make run` needs, keeps it running and leaves nothing behind.

It is a program of its own (`python -m schoolsafe.supervisor`) that never loads Django: the process
that only waits should cost next to nothing.
"""
