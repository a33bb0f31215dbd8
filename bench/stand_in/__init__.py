"""The stand-in for Comprehend: how its model is trained, split, evaluated and recorded."""
