"""What EchoStream computes: documents, scores, counts. It imports no SDK and no environment."""
