"""Summaries of decisions for reviews: statistics by step, incidents."""
