#!/usr/bin/env python3
"""Holds how well flows are named in real captures against what was reached before.

    SCORE... | check_score.py

Standard input has one line that begins with "captures", with these shares in it, each with its
numerator and denominator; others may stand between them:

    named 1.0000 (334/334)  first 0.9880 (330/334)  certain 1.0000 (313/313) of 334
    honest 1.0000 (161/161)

named: the true name is among the candidates. first: it stands first. certain: of the answers that
are not ambiguous, those whose first name is right; behind it, of how many answers. honest: flows
without an earlier answer that are not called LIVE.

All input is passed on. Exit status: 1 when a share is below its floor or there is no such line.
"""
import re
import sys

# What the captures give, rounded down. One that is missed may be a captured flow too many: then
# look at the flow, and lower the floor with the reason in the commit.
FLOORS = {"named": 1.0, "first": 0.988, "certain": 1.0, "unambiguous": 0.937, "honest": 1.0}

SHARE = re.compile(r"(\w+) \d\.\d+ \((\d+)/(\d+)\)(?: of (\d+))?")


def share(part, whole):
    """Of nothing it is 0: whoever measures nothing has reached nothing."""
    return int(part) / int(whole) if int(whole) else 0.0


def shares_in(line):
    shares = {}
    for name, part, whole, of_all in SHARE.findall(line):
        shares[name] = share(part, whole)
        if name == "certain":  # Calling all answers ambiguous is no way to be certain.
            shares["unambiguous"] = share(whole, of_all or 0)
    return shares


def main():
    reached = {}
    for line in sys.stdin:
        print(line, end="")
        if line.startswith("captures"):
            reached = shares_in(line)
    worse = [f"{name} is {reached.get(name, 0.0):.4f}, and was {floor:.4f}"
             for name, floor in FLOORS.items() if reached.get(name, 0.0) < floor]
    for complaint in worse:
        print("worse:", complaint, file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
