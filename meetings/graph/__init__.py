"""Microsoft Graph: the few calls by which a Teams meeting is made, hardened, read and called off."""

from meetings.graph.client import Client, Event, EventPlan, Guest, Options
from meetings.graph.faults import GraphFault, Trouble
from meetings.graph.reading import Reading, options_page

__all__ = [
    "Client",
    "Event",
    "EventPlan",
    "GraphFault",
    "Guest",
    "Options",
    "Reading",
    "Trouble",
    "options_page",
]
