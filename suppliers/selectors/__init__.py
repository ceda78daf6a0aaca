"""Plain reads of suppliers, licences, people and scores."""
