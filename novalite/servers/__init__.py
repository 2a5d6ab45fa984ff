"""What a server is and may do. Does no I/O."""
