"""EchoStream's domain and its adapters: what the Lambda layer holds and everything else imports."""

__version__ = "0.1.0"
