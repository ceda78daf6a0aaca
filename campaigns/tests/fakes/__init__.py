"""Providers as real servers on loopback: each keeps its own book, checks who asks, and misbehaves as it is told."""
