"""Summaries of decisions for whoever reviews them: statistics by step, incidents."""
