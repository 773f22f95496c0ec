"""Steps a second of Gymnasium: one environment, and its vectorised CartPole in NumPy. Prints a line of JSON."""

import argparse
import json
import time

import gymnasium
import numpy
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv


def best(repeats, steps, measure):
    """The best of some measurements: others share the machine."""
    rates = []
    for _ in range(repeats):
        begun = time.perf_counter()
        measure()
        rates.append(steps / (time.perf_counter() - begun))
    return max(rates)


def single(name, steps, repeats):
    env = gymnasium.make(name)
    env.reset(seed=0)
    # Drawn before, so that the drawing is not measured.
    actions = [env.action_space.sample() for _ in range(steps)]

    def measure():
        env.reset(seed=0)
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()

    return best(repeats, steps, measure)


def vector(rounds, repeats, size):
    env = CartPoleVectorEnv(num_envs=size)
    env.reset(seed=0)
    actions = numpy.random.default_rng(0).integers(0, 2, (rounds, size))

    def measure():
        for row in actions:
            env.step(row)

    return best(repeats, rounds * size, measure)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--batch", type=int, default=1024)
    options = parser.parse_args()
    names = ["CartPole-v1", "MountainCar-v0", "Acrobot-v1", "Pendulum-v1"]
    steps = {"Acrobot-v1": 4_000}
    result = {
        "gymnasium": gymnasium.__version__,
        "numpy": numpy.__version__,
        "single": {name: single(name, steps.get(name, 20_000), options.repeats) for name in names},
        "batch": {"CartPole-v1": vector(200, options.repeats, options.batch)},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
