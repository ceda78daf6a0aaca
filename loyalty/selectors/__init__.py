"""Plain reads of accounts, ledgers and what members hold."""
