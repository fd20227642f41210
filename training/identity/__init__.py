"""Identity read from the features of a trained network, by ridge regression on renders.

In: an exported model, renders of known heads. Out: `Readout`, a matrix from features to weights of
the population's modes, with what it can tell and what it cannot. Must not know how files of the
add-on look.
"""
