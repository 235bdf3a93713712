"""Offers of fraud in a text: what is promised or threatened, how easily, and where it leads."""
