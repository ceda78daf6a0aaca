"""What staff shows on pages of others."""
