"""The frozen nouns of the platform: what every other room talks about, with no behaviour that needs I/O."""
