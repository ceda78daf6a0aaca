"""Forms of suppliers, licences, people, contracts and scores."""
