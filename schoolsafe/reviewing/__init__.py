"""Reviewing what happened: the audit as a person reads it, and what stands over it."""
