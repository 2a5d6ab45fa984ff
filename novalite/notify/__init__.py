"""Notifications: the room is laid, nothing is sent yet. Pure: rows in, payloads out."""
