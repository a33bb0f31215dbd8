"""The error of the command line."""


class UserError(Exception):
    """An error that the user can correct. The message says how."""
