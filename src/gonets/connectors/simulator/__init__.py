"""A built-in network of simulated phones, for trying things out and for measuring.

`network` is the connector, `endings` the table of what becomes of a part, `phones` what the phones keep.
It refuses to look at texts, senders, encodings and validity: whatever reaches it is taken as it is.
"""

from gonets.connectors.simulator.network import Simulator, SimulatorSettings

__all__ = ["Simulator", "SimulatorSettings"]
