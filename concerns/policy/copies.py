"""Who may take a copy of a child's file out of the house."""

from school.roles import LEADERS, Viewer


def may_copy_files(viewer: Viewer) -> bool:
    """Tell whether a person may make a copy of a child's file: the safeguarding team and the head.

    It holds what they may read, and nothing else (E8, A52).
    """
    return viewer.holds(*LEADERS)
