"""Give synonym-spun text its original wording back."""

__version__ = "0.1.0"
