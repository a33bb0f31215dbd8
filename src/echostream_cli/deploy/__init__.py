"""Deployment of a stage: deploy, diff, rollback, smoke test, destroy; see docs/deployment.md."""
