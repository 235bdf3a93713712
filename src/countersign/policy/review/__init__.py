"""What decisions amount to, for whoever reviews them: statistics by step, incidents."""
