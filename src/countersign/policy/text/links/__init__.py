"""Links: their places in a text, destinations and disguises."""
