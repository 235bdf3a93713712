"""The ports of stores of what moderators look through."""
