"""SMPP 3.4 as a library of its own: octets to values and back, and a session as a state machine. No I/O, no clock."""
