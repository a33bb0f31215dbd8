"""Amazon Comprehend: sentiment, key phrases and languages from models that run offline."""
