"""The ways out of the house: one small protocol, one module for each provider."""
