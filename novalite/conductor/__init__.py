"""Drives actions: walks the table, writes down what happened, picks up what was left lying."""
