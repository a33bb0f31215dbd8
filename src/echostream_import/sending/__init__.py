"""Documents through the API: the account of rows, the journal, the refused rows."""
