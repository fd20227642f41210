"""Labels for photos: landmarks by MediaPipe, and the head model fitted to them.

In: photos and a `HeadModel`. Out: coefficients and a pose for each photo (`Fits`). Must not know
UV layouts, samples or the network that is trained.
"""
