"""The small causal language model behind the second look: fetched, converted once, asked about readings of a sentence."""
