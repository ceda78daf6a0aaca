"""The manager's first screen: sales, members, stars and points of a period against the same period last year."""
