"""Is this input well-formed? Rules that need other rows live in the services."""
