"""Contracts where two implementations exist. Protocols only; the contracts are written on the methods."""
