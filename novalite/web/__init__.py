"""Pages and documents about the cloud itself: read-only."""
