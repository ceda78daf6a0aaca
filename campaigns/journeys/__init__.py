"""What a journey is made of: its steps as they are stored, and what it can begin with."""
