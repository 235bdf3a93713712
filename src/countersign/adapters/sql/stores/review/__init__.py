"""Stores of what moderators look through: decisions that are searched."""
