"""What listens: sockets, TLS and HTTP round the pure halves of the protocols, and the administrator's
door."""
