"""Gonets, an SMS gateway platform that speaks five providers' protocols on both sides."""

__version__ = "0.1.0"
