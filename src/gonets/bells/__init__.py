"""What wakes a stage early: a ring may be lost and may be false, because the rows are the queue."""
