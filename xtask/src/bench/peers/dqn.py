"""stable-baselines3's DQN on CartPole-v1 with rl-zoo3's settings, on one thread. Prints a line of JSON.

Learns until the mean return of 20 greedy episodes reaches the goal and 100 fresh ones confirm it, looking every 1,000
steps; the looking is not counted as learning. With --speed it only measures gradient steps a second.
"""

import argparse
import json
import time

import gymnasium
import numpy
import stable_baselines3
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure

# rl-zoo3, hyperparams/dqn.yml, CartPole-v1.
STEPS = 50_000
SETTINGS = dict(
    learning_rate=2.3e-3,
    batch_size=64,
    buffer_size=100_000,
    learning_starts=1_000,
    gamma=0.99,
    target_update_interval=10,
    train_freq=256,
    gradient_steps=128,
    exploration_fraction=0.16,
    exploration_final_eps=0.04,
    policy_kwargs=dict(net_arch=[256, 256]),
)


def greedy_mean(model, episodes, seed):
    """The mean return of greedy episodes, played side by side."""
    envs = [gymnasium.make("CartPole-v1") for _ in range(episodes)]
    observations = [env.reset(seed=seed + index)[0] for index, env in enumerate(envs)]
    returns = numpy.zeros(episodes)
    running = list(range(episodes))
    while running:
        actions, _ = model.predict(numpy.array([observations[index] for index in running]), deterministic=True)
        after = []
        for index, action in zip(running, actions):
            observations[index], reward, terminated, truncated, _ = envs[index].step(int(action))
            returns[index] += reward
            if not (terminated or truncated):
                after.append(index)
        running = after
    return float(returns.mean())


class Judge(BaseCallback):
    """Looks every 1,000 steps and stops the clock while it does."""

    def __init__(self, goal, timeout):
        super().__init__()
        self.goal, self.timeout = goal, timeout
        self.begun = self.looked = 0.0
        self.reached, self.mean, self.confirmed, self.curve = False, 0.0, None, []

    def _on_training_start(self):
        self.begun = time.perf_counter()

    def seconds(self):
        return time.perf_counter() - self.begun - self.looked

    def _on_step(self):
        if self.num_timesteps % 1_000:
            return True
        seconds, begun = self.seconds(), time.perf_counter()
        self.mean = greedy_mean(self.model, 20, 1_000_000)
        if self.mean >= self.goal:
            self.confirmed = greedy_mean(self.model, 100, 2_000_000)
            self.reached = self.confirmed >= self.goal
        self.curve.append([self.num_timesteps, seconds, self.mean])
        self.looked += time.perf_counter() - begun
        return not self.reached and seconds < self.timeout


def learn(seed, goal, timeout):
    begun = time.perf_counter()
    model = DQN("MlpPolicy", gymnasium.make("CartPole-v1"), seed=seed, device="cpu", **SETTINGS)
    judge = Judge(goal, timeout)
    model.learn(STEPS, callback=judge)
    seconds = judge.curve[-1][1] if judge.reached else judge.seconds()
    return {
        "seed": seed,
        "reached": judge.reached,
        "seconds": seconds,
        "total_seconds": time.perf_counter() - begun,
        "steps": model.num_timesteps,
        "updates": model._n_updates,
        "return": judge.mean,
        "confirmed": judge.confirmed,
        "curve": judge.curve,
    }


def speed(steps, hidden, batch):
    settings = SETTINGS | {"policy_kwargs": dict(net_arch=hidden), "batch_size": batch, "exploration_fraction": 1.0}
    model = DQN("MlpPolicy", gymnasium.make("CartPole-v1"), seed=0, device="cpu", **settings | {"learning_starts": 1e9})
    model.learn(10_000)
    model.set_logger(configure(None, []))
    model.train(gradient_steps=100, batch_size=batch)
    rates = []
    for _ in range(5):
        begun = time.perf_counter()
        model.train(gradient_steps=steps, batch_size=batch)
        rates.append(steps / (time.perf_counter() - begun))
    return {"hidden": hidden, "batch": batch, "updates_per_second": max(rates)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--goal", type=float, default=475)
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--speed", type=int, metavar="STEPS")
    parser.add_argument("--hidden", default="256,256")
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.speed:
        result = speed(options.speed, [int(width) for width in options.hidden.split(",")], options.batch)
    else:
        result = learn(options.seed, options.goal, options.timeout)
    versions = {"stable_baselines3": stable_baselines3.__version__, "torch": torch.__version__}
    print(json.dumps(result | versions))


if __name__ == "__main__":
    main()
