"""Links to upstreams: each sends what it is given and tells what it hears.

None of them retries, splits or decides, and none knows of another.
"""
