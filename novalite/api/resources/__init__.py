"""One noun each: its fields, its policy rules and its handlers in one file."""
