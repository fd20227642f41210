"""Training samples: fitted photos rendered from other sides, with exact labels.

In: photos with their `Fits`, and the head model. Out: shards of pictures and labels on disk, read
back in batches. Must not know networks or losses.
"""
