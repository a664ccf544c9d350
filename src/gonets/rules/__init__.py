"""Pure decisions: values in, values out. No I/O, no clock and no chance of their own; those are passed in."""
