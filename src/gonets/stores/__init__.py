"""The store: rows are the truth, one implementation over SQLAlchemy Core, group commit in a writer thread."""
