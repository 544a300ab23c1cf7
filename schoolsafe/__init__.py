"""The project itself; its version is that of `pyproject.toml`, for where that file is not installed."""

VERSION = "0.1.0"
