"""Amazon Bedrock's Converse: a stand-in that repeats drafts, or a model of the user's choice."""
