"""The domain's ports on AWS: DynamoDB, S3, Glue, Athena, Comprehend; and VADER."""
