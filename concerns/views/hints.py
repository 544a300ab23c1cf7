"""What stands above the forms of what the team does with a concern."""

OUTSIDE_HINT = "Write down now what was said; you can add more later."
DUTY_HINT = (
    "Some people who work with children are bound by law, now or soon, to tell the police or the "
    "local authority themselves. Whoever must, may: nobody's leave is needed, nobody can take it off "
    "them, and what stands here is never removed."
)
LOW_HINT = (
    "Low-level is what is not as the school's code of conduct asks and does not reach the harm threshold. "
    "In doubt it is not low-level: ask the local authority designated officer first."
)
SPLIT_HINT = (
    "The team reads it, and so may the family one day. The two are linked by reference only, "
    "and each is kept by its own rule."
)
HAND_OVER_HINT = (
    "Nothing ends here by it: whoever has it still acknowledges, decides and closes it, and it is kept as "
    "long as before. Until somebody has typed in their reference it counts as not confirmed."
)
RAISE_HINT = "Nothing of it is lost. The officer is told within one working day."
