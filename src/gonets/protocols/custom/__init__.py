"""Any provider that takes a message in an HTTP request, described by settings instead of code."""
