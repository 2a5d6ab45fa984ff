"""The tables, and every statement there is."""
