"""Notifications in Nova's versioned form. Pure: records in, payloads out."""
