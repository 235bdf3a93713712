"""What moderators look through: decisions that are searched."""
