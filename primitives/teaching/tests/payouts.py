#!/usr/bin/env python3
"""Writes payouts.csv: floors of R * x^k with 120 decimal digits, for the tests of the payout."""
from decimal import Decimal, getcontext

getcontext().prec = 120
BILLION = 10**9
SCALES = [
    (0, 990_000_000, 1_000_000_000),
    (100_000_000, 900_000_000, 999_000_000),
    (500_000_000, 500_000_001, 1_000_000_000),
    (0, 999_999_999, 1_000_000_000),
    (250_000_000, 600_000_000, 800_000_000),
]
REWARDS = [1_000 * 10**12, 2**80]

print("# min,mid,max,reward,correct,items,floor: made by payouts.py")
for low, mid, high in SCALES:
    k = Decimal("0.5").ln() / (Decimal(mid - low) / Decimal(high - low)).ln()
    for reward in REWARDS:
        for items, step in ((9_700, 41), (65_536, 5_003)):
            for correct in range(0, items + 1, step):
                x = Decimal(correct * BILLION - low * items) / Decimal((high - low) * items)
                if x <= 0:
                    worth = 0
                elif x >= 1:
                    worth = reward
                else:
                    worth = int(Decimal(reward) * (k * x.ln()).exp())
                print(low, mid, high, reward, correct, items, worth, sep=",")
