"""Stores of our own user: its events, its messages in management rooms, its direct chats."""
