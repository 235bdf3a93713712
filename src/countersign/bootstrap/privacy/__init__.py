"""What is built for the sake of personal data."""
