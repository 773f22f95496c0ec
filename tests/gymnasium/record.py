#!/usr/bin/env python3
"""Records Gymnasium's classic control environments, for comparison with praxis-environment.

For each of CartPole-v1, MountainCar-v0, Acrobot-v1 and Pendulum-v1 two CSV files are written to the folder `--out`:

- `<name>.episodes.csv`: 200 episodes. Episode n starts from `reset(seed=n)`. Even episodes are played at random, odd ones
  by a simple controller, so that goals, falls, walls and time limits all occur.
- `<name>.scattered.csv`: single steps from states drawn uniformly from the environment's state space.

Columns: episode, step, action, the state before, the state after, reward, terminated, truncated. States are the
environment's internal 64-bit ones, written so that reading them back gives the same bits. Pendulum's actions are the
index of one of 9 torques, evenly spaced over [-2, 2]; its angle is not wrapped.

It needs the packages in requirements.txt and installs nothing. The same versions give the same bytes.
"""

import argparse
import math
import pathlib

import gymnasium
import numpy

EPISODES = 200
SCATTERED = 5000
TORQUES = 9


def balance(state):
    """CartPole: push towards where the pole falls, with a weak pull to the middle of the track."""
    x, x_dot, theta, theta_dot = state
    return int(theta + 0.3 * theta_dot + 0.01 * x + 0.03 * x_dot > 0)


def rock(state):
    """MountainCar: accelerate in the direction of motion."""
    return 2 if state[1] >= 0 else 0


def pump(state):
    """Acrobot: drive the second joint against the first one's motion."""
    return 0 if state[2] > 0 else 2


def swing_up(state):
    """Pendulum: pump energy, then hold the top with a linear controller."""
    theta, theta_dot = state
    theta = (theta + math.pi) % (2 * math.pi) - math.pi
    if abs(theta) < 0.4:
        torque = -10.0 * theta - 2.0 * theta_dot
    else:
        energy = theta_dot**2 / 6 + 5 * (math.cos(theta) - 1)
        torque = -2.0 if energy * theta_dot > 0 else 2.0
    return round((min(max(torque, -2.0), 2.0) + 2.0) / 4.0 * (TORQUES - 1))


def torque(action):
    """Gymnasium's action for a torque's index."""
    return numpy.array([-2.0 + 4.0 * action / (TORQUES - 1)], dtype=numpy.float32)


# name, number of actions, action to Gymnasium's, controller, lowest and highest state to scatter
ENVIRONMENTS = [
    ("CartPole-v1", 2, int, balance, [-2.4, -9, -0.2094, -9], [2.4, 9, 0.2094, 9]),
    ("MountainCar-v0", 3, int, rock, [-1.2, -0.07], [0.6, 0.07]),
    (
        "Acrobot-v1",
        3,
        int,
        pump,
        [-math.pi, -math.pi, -4 * math.pi, -9 * math.pi],
        [math.pi, math.pi, 4 * math.pi, 9 * math.pi],
    ),
    ("Pendulum-v1", TORQUES, torque, swing_up, [-math.pi, -8], [math.pi, 8]),
]


def state_of(environment):
    return [float(value) for value in environment.unwrapped.state]


def is_over(name, state):
    """Whether no step may be taken from a scattered state."""
    if name == "MountainCar-v0":
        return state[0] >= 0.5 and state[1] >= 0
    if name == "Acrobot-v1":
        return -math.cos(state[0]) - math.cos(state[0] + state[1]) > 1
    return False


class Recording:
    """A CSV file of steps."""

    def __init__(self, path, width):
        self.file = open(path, "w", encoding="ascii", newline="\n")
        names = ["before%d" % i for i in range(width)] + ["after%d" % i for i in range(width)]
        self.file.write(",".join(["episode", "step", "action", *names, "reward", "terminated", "truncated"]) + "\n")

    def step(self, environment, episode, number, action, convert):
        before = state_of(environment)
        _, reward, terminated, truncated, _ = environment.step(convert(action))
        numbers = [*before, *state_of(environment), float(reward)]
        fields = [episode, number, action, *map(repr, numbers), int(terminated), int(truncated)]
        self.file.write(",".join(map(str, fields)) + "\n")
        return terminated or truncated

    def close(self):
        self.file.close()


def record_episodes(path, name, actions, convert, controller):
    environment = gymnasium.make(name, disable_env_checker=True)
    environment.reset(seed=0)
    recording = Recording(path, len(environment.unwrapped.state))
    for episode in range(EPISODES):
        environment.reset(seed=episode)
        draws = numpy.random.default_rng(episode)
        over, number = False, 0
        while not over:
            # One action in eight of the controller's is random, so that its episodes differ.
            at_random = episode % 2 == 0 or draws.integers(8) == 0
            action = int(draws.integers(actions)) if at_random else controller(state_of(environment))
            over = recording.step(environment, episode, number, action, convert)
            number += 1
    recording.close()


def record_scattered(path, name, actions, convert, low, high):
    environment = gymnasium.make(name, disable_env_checker=True)
    recording = Recording(path, len(low))
    draws = numpy.random.default_rng(0)
    for number in range(SCATTERED):
        environment.reset(seed=0)
        state = draws.uniform(low, high)
        action = int(draws.integers(actions))
        if is_over(name, state):
            continue
        environment.unwrapped.state = state
        recording.step(environment, number, 0, action, convert)
    recording.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write to")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    print("gymnasium", gymnasium.__version__, "numpy", numpy.__version__)
    for name, actions, convert, controller, low, high in ENVIRONMENTS:
        record_episodes(arguments.out / (name + ".episodes.csv"), name, actions, convert, controller)
        record_scattered(arguments.out / (name + ".scattered.csv"), name, actions, convert, low, high)
        print("recorded", name)


if __name__ == "__main__":
    main()
