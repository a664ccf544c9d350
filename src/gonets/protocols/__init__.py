"""Dialects: one folder per provider, each two pure halves (serving, sending) and its own total tables."""
