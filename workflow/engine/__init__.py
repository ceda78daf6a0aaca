"""The pure part of approvals: definitions, conditions and the state machine. Nothing here reads or writes a row."""
