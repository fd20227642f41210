"""Real people's shapes on our head: a scanned population, registered and joined with MakeHuman's.

In: the head model and the arrays of ICT-FaceKit, which are read from the research data and never
become part of the repository. Out: `Population`, a mean head and a basis of identity in which
people are drawn from the unit normal distribution. Must not know photos or networks.
"""
