"""A cloud of real daemons that is tormented while clients use it, and what is left of it then."""
