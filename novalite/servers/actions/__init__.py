"""The work of each action: plain functions over a task, one module per noun of work."""
