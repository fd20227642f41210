"""PRNet's network in TensorFlow, random weights, saved as PRNet's checkpoint was.

    python tests/helpers/resfcn_tensorflow.py CHECKPOINT PICTURES.npy POSITIONS.npy

Writes CHECKPOINT.index and CHECKPOINT.data-00000-of-00001, with the slots of an Adam that has run,
and what TensorFlow makes of the pictures. In a process of its own: TensorFlow and Blender's module
do not get on.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow

tf = tensorflow.compat.v1
RNG = np.random.default_rng(0)
BLOCKS = [(32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
          (512, 1)]  # fmt: skip
UP = [(512, 1), (256, 2), (256, 1), (256, 1), (128, 2), (128, 1), (128, 1), (64, 2), (64, 1),
      (64, 1), (32, 2), (32, 1), (16, 2), (16, 1), (3, 1), (3, 1), (3, 1)]  # fmt: skip
LAST = f"Conv2d_transpose_{len(UP) - 1}"


class Network:
    """The graph; `settle` sets each batch norm to the statistics of the pictures seen."""

    def __init__(self, settle):
        self.settle, self.updates = settle, []

    def variable(self, name, shape, values, trainable=True):
        with tf.variable_scope("", reuse=tf.AUTO_REUSE):
            return tf.get_variable(
                name, shape, initializer=tf.constant_initializer(values), trainable=trainable
            )

    def weights(self, scope, shape, fan_in):
        values = RNG.normal(0, np.sqrt(2 / fan_in), shape)
        return self.variable(f"{scope}/weights", shape, values)

    def norm(self, x, scope):
        n = int(x.shape[-1])
        # Most units stay in the linear part of their ReLU: a deep network of random weights
        # otherwise enlarges float32's rounding two thousand times, TensorFlow's and ours alike.
        gamma, beta = RNG.uniform(0.8, 1.2, n), RNG.normal(2, 0.3, n)
        if scope.endswith(LAST):
            gamma, beta = gamma / 16, beta - 2
        gamma = self.variable(f"{scope}/BatchNorm/gamma", [n], gamma)
        beta = self.variable(f"{scope}/BatchNorm/beta", [n], beta)
        mean = self.variable(f"{scope}/BatchNorm/moving_mean", [n], np.zeros(n), False)
        variance = self.variable(f"{scope}/BatchNorm/moving_variance", [n], np.ones(n), False)
        if self.settle:
            seen = tf.nn.moments(x, [0, 1, 2])
            self.updates += [mean.assign(seen[0]), variance.assign(seen[1])]
            return tf.nn.batch_normalization(x, *seen, beta, gamma, 1e-3)
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-3)

    def conv(self, x, scope, outputs, kernel, stride):
        inputs = int(x.shape[-1])
        w = self.weights(scope, [kernel, kernel, inputs, outputs], kernel * kernel * inputs)
        return tf.nn.conv2d(x, w, [1, stride, stride, 1], "SAME")

    def block(self, x, scope, outputs, stride):
        shortcut = x
        if stride != 1 or int(x.shape[-1]) != outputs:
            shortcut = self.conv(x, f"{scope}/shortcut", outputs, 1, stride)
        y = self.conv(x, f"{scope}/Conv", outputs // 2, 1, 1)
        y = tf.nn.relu(self.norm(y, f"{scope}/Conv"))
        y = self.conv(y, f"{scope}/Conv_1", outputs // 2, 4, stride)
        y = tf.nn.relu(self.norm(y, f"{scope}/Conv_1"))
        y = self.conv(y, f"{scope}/Conv_2", outputs, 1, 1)
        return tf.nn.relu(self.norm(y + shortcut, scope))

    def up(self, x, scope, outputs, stride):
        inputs, side = int(x.shape[-1]), int(x.shape[1]) * stride
        w = self.weights(scope, [4, 4, outputs, inputs], 16 * inputs / stride**2)
        shape = tf.stack([tf.shape(x)[0], side, side, outputs])
        y = tf.nn.conv2d_transpose(x, w, shape, [1, stride, stride, 1], "SAME")
        y.set_shape([None, side, side, outputs])
        return self.norm(y, scope)

    def __call__(self, x):
        x = self.conv(x, "resfcn256/Conv", 16, 4, 1)
        x = tf.nn.relu(self.norm(x, "resfcn256/Conv"))
        for i, (outputs, stride) in enumerate(BLOCKS):
            x = self.block(x, "resfcn256/resBlock" + (f"_{i}" if i else ""), outputs, stride)
        for i, (outputs, stride) in enumerate(UP):
            x = self.up(x, "resfcn256/Conv2d_transpose" + (f"_{i}" if i else ""), outputs, stride)
            x = tf.nn.sigmoid(x) if i == len(UP) - 1 else tf.nn.relu(x)
        return x


def main(checkpoint, pictures, positions):
    tf.disable_eager_execution()
    images = np.load(pictures).astype(np.float32) / 255
    image = tf.placeholder(tf.float32, [None, 256, 256, 3])
    settling = Network(settle=True)
    settling(image)
    result = Network(settle=False)(image)
    # Gradients of zero: a whole network's take minutes on a CPU, and the slots are there all the
    # same.
    adam = tf.train.AdamOptimizer(1e-4)
    step = adam.apply_gradients([(tf.zeros_like(v), v) for v in tf.trainable_variables()])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(settling.updates, {image: images[:2]})
        session.run(step)
        tf.train.Saver(max_to_keep=1).save(
            session, checkpoint, write_meta_graph=False, write_state=False
        )
        np.save(positions, session.run(result, {image: images}) * 281.6)


main(*sys.argv[1:])
