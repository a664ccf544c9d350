"""Our own protocol over HTTP, as far as there is one: see `push`."""
