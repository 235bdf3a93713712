"""Joining and leaving a room through a resident server."""
