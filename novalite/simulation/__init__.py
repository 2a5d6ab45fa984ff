"""The daemons' own code in one thread and virtual time: the room is laid, nothing runs here yet."""
