"""Forms of points, gifts, the till and imports."""
