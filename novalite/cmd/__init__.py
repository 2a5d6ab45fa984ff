"""The commands: wiring, and the only place that names ``cfg.CONF``."""
