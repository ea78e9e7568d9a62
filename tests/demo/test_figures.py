"""What the demo tells at its end."""

from decimal import Decimal

from lms.demo.figures import Compared, Comparison, told
from lms.progress.rules import Figures


def compared(code: str, so_far: str, of_all: str) -> Compared:
    figures = Figures(so_far=Decimal(so_far), of_all=Decimal(of_all), best_possible=Decimal(100), counted=1, units=2)
    return Compared(code=code, people=4, mooc=figures, statuses={"in_progress": 4}, reasons={})


def test_a_target_stands_under_the_figure_that_it_is_held_against() -> None:
    comparison = Comparison(
        running=compared("III", "88.00", "44.00"),
        finished=compared("I", "86.00", "86.00"),
        target=Decimal(90),
        unknown_people=0,
        unknown_modules=0,
    )
    lines = list(told(comparison))
    (target,) = [line for line in lines if line.startswith("Target")]
    assert target.index("90.00") + len("90.00") == lines[0].index("so far") + len("so far")
    assert target.rstrip().endswith("90.00")
