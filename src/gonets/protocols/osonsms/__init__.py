"""OsonSMS: JSON over HTTP GET with SHA-256 signatures."""
