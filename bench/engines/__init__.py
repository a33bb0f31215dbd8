"""How good the engines are: the VADER paper's figures, the cascade's threshold."""
