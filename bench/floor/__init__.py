"""The floor: the least work that takes documents in and lists them, deployed beside ours."""
