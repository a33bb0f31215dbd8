"""EchoStream's domain and its adapters: what the Lambda layer holds and everything else imports."""

__version__ = "1.0.0"
