"""What a user can put right."""


class UserError(Exception):
    """Something that the person at the keyboard can put right. The message says how."""
