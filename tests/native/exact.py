"""Elementary functions to fifty digits, by series; slow and obvious."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext, localcontext

DIGITS = 50
PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798"
)


def ulps(got: float, exact: Decimal) -> float:
    """Return how far a number is from the exact value, in units in the last place of it."""
    with localcontext(prec=DIGITS):
        return float(abs(Decimal(got) - exact) / Decimal(math.ulp(float(exact))))


def exp(x: float) -> Decimal:
    with localcontext(prec=DIGITS):
        return Decimal(x).exp()


def log(x: float) -> Decimal:
    with localcontext(prec=DIGITS):
        return Decimal(x).ln()


def power(x: float, exponent: float) -> Decimal:
    with localcontext(prec=DIGITS):
        return (Decimal(exponent) * Decimal(x).ln()).exp()


def sine(x: float) -> Decimal:
    if abs(x) < 1e-20:
        return Decimal(x)
    with localcontext(prec=DIGITS + 20):
        return _alternating(_reduced(x), 1)


def cosine(x: float) -> Decimal:
    with localcontext(prec=DIGITS + 20):
        return _alternating(_reduced(x), 0)


def atan2(y: float, x: float) -> Decimal:
    with localcontext(prec=DIGITS + 20):
        if x == 0:
            return (PI / 2).copy_sign(Decimal(y))
        angle = _atan(Decimal(y) / Decimal(x))
        return angle if x > 0 else angle + PI.copy_sign(Decimal(y))


def _reduced(x: float) -> Decimal:
    turns = (Decimal(x) / (2 * PI)).to_integral_value()
    return Decimal(x) - turns * 2 * PI


def _alternating(x: Decimal, first: int) -> Decimal:
    """x^first / first! - x^(first + 2) / (first + 2)! + ..."""
    term, total, k = x**first if first else Decimal(1), Decimal(0), first
    while abs(term) > Decimal(10) ** -(getcontext().prec + 5):
        total += term
        term *= -x * x / ((k + 1) * (k + 2))
        k += 2
    return total


def _atan(t: Decimal) -> Decimal:
    halvings = 0
    while abs(t) > Decimal("0.01"):
        t /= 1 + (1 + t * t).sqrt()
        halvings += 1
    term, total, k = t, Decimal(0), 1
    while abs(term) > abs(t) * Decimal(10) ** -(getcontext().prec + 5):
        total += term / k
        term *= -t * t
        k += 2
    return total * 2**halvings
