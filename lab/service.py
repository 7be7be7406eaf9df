"""The commands of lab.bench that measure the service: each a module with `arguments(command)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import chaos, cost, fairness, intake, latency, memory, scaling, throughput

if TYPE_CHECKING:
    import argparse

COMMANDS = {
    "throughput": throughput,
    "scaling": scaling,
    "latency": latency,
    "api": intake,
    "memory": memory,
    "cost": cost,
    "fairness": fairness,
    "chaos": chaos,
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Each with its own arguments."""
    for name, module in COMMANDS.items():
        module.arguments(commands.add_parser(name, help=(module.__doc__ or "").splitlines()[0]))
