"""MFMS PROTOCOL HPG of MFM Solutions: HTTP with indexed parameters, answered in rows of fields."""
