"""Members by the hundred thousand: read, understood, judged row by row, applied in pieces, undone."""
