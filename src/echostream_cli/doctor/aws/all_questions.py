"""All questions, in the order of the page: importing a module adds its questions."""

from echostream_cli.doctor.aws import lake_questions, service_questions
from echostream_cli.doctor.aws.questions import QUESTIONS

MODULES = (lake_questions, service_questions)

__all__ = ["MODULES", "QUESTIONS"]
