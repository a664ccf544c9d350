"""SMS2: CGI scripts over HTTP for messages, phone bases, multicasts and MMS."""
